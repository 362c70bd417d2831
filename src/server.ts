#!/usr/bin/env node
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { goneSettings } from './config/gone.ts'
import { loadConfig } from './config/load.ts'
import { whyNoStart } from './why-no-start.ts'

/** The address that the service listens on. */
export const address = await start().catch((error: unknown) => {
  process.stderr.write(`citizen-auth cannot start. ${whyNoStart(error)}\n`)
  process.exit(1)
})

async function start(): Promise<string> {
  const config = loadConfig(process.env)
  const app = buildApp(config, { logger: { pretty: process.stdout.isTTY } })
  for (const sentence of goneSettings(process.env)) app.log.warn({ event: 'setting_gone' }, sentence)
  const { host, port, handlerTimeoutMs, drainSeconds } = config.server
  const drainMs = drainSeconds * 1_000
  closeWithGrace({ delay: drainMs + handlerTimeoutMs + 10_000 }, async ({ err, signal }) => {
    if (err) app.log.fatal({ err }, 'closing after an error')
    // Ctrl-C does not drain: a person is waiting for the process to end.
    if (signal === 'SIGTERM') await app.drain(drainMs)
    await app.close()
  })
  return await app.listen({ host, port })
}
