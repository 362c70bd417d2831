import { spawnSync } from 'node:child_process'
import { loadDotEnv } from './dev-settings.ts'
import type { FoundRedis } from './find-redis.ts'
import { run } from './run.ts'
import { grouped } from './test-groups.ts'
import { testStores } from './test-stores.ts'

/** Runs tap with these arguments on a Redis and a database of its own, and exits with tap's exit code. */
export async function runTests(
  findRedis: () => Promise<FoundRedis>,
  argv: string[],
  env: NodeJS.ProcessEnv = {}
): Promise<void> {
  loadDotEnv()
  const redis = await findRedis().catch(fail)
  if (hasOwnLoader()) await run('tap', ['build'], process.env)
  const stores = await testStores(redis).catch(fail)
  process.stdout.write(`Tests run on ${stores.description}.\n`)
  process.exitCode = await run('tap', grouped(argv), { ...stores.env, ...env })
  await stores.close()
}

function fail({ message }: Error): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Whether tap still has the loader that .taprc removes: a new tap has, and would notice too late for its first run. */
function hasOwnLoader(): boolean {
  const look = "import t from 'tap'; process.exit(t.pluginSignature.includes('@tapjs/typescript') ? 1 : 0)"
  return spawnSync(process.execPath, ['--input-type=module', '-e', look], { stdio: 'ignore' }).status === 1
}
