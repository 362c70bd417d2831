import { loadDotEnv } from './dev-settings.ts'
import { findRedis } from './find-redis.ts'
import { run } from './run.ts'
import { testStores } from './test-stores.ts'

loadDotEnv()
const redis = await findRedis().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
const stores = await testStores(redis)
process.stdout.write(`Tests run on ${stores.description}.\n`)
process.exitCode = await run('tap', process.argv.slice(2), stores.env)
await stores.close()
