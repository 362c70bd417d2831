import { loadDotEnv } from './dev-settings.ts'
import type { FoundRedis } from './find-redis.ts'
import { run } from './run.ts'
import { testStores } from './test-stores.ts'

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
  const stores = await testStores(redis)
  process.stdout.write(`Tests run on ${stores.description}.\n`)
  process.exitCode = await run('tap', argv, { ...stores.env, ...env })
  await stores.close()
}
