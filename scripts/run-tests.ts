import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadDotEnv } from './dev-settings.ts'
import type { FoundRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

/** Runs tap with these arguments on a Redis and a database of its own, and ends as tap does. */
export async function runTests(
  findRedis: () => Promise<FoundRedis>,
  argv: string[],
  env: NodeJS.ProcessEnv = {}
): Promise<void> {
  loadDotEnv()
  const redis = await findRedis().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  const template = await templateDatabase()
  process.stdout.write(
    `Tests run on Redis ${redis.version} at ${new URL(redis.url).host} and ${template.description}.\n`
  )

  const tap = spawn('tap', argv, {
    stdio: 'inherit',
    env: { ...process.env, ...env, TEST_REDIS_URL: redis.url, TEST_DATABASE_TEMPLATE: template.source }
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
  const [code] = await once(tap, 'exit')
  await template.drop()
  await redis.close()
  process.exitCode = code ?? 1
}
