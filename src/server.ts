import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { ConfigInvalid, loadConfig } from './config.ts'
import { KeyFileInvalid } from './key-file.ts'

try {
  const config = loadConfig(process.env)
  const app = buildApp(config, { logger: { pretty: process.stdout.isTTY } })
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'closing after an error')
    await app.close()
  })
  await app.listen({ host: config.HOST, port: config.PORT })
} catch (error) {
  const isPlain = error instanceof ConfigInvalid || error instanceof KeyFileInvalid
  process.stderr.write(`citizen-auth cannot start. ${isPlain ? error.message : error}\n`)
  process.exit(1)
}
