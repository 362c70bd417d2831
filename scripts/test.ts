import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadDotEnv } from './dev-settings.ts'
import { findRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

loadDotEnv()
const redis = await findRedis().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
const template = await templateDatabase()
process.stdout.write(
  `Tests run on Redis ${redis.version} at ${new URL(redis.url).host} and ${template.description}.\n`
)

const tap = spawn('tap', process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, TEST_REDIS_URL: redis.url, TEST_DATABASE_TEMPLATE: template.source }
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
const [code] = await once(tap, 'exit')
await template.drop()
await redis.close()
process.exitCode = code ?? 1
