import { readdirSync } from 'node:fs'
import config from '../stryker.config.json' with { type: 'json' }
import { loadDotEnv } from './dev-settings.ts'
import { privateRedis } from './find-redis.ts'
import { LUA_FOLDER, mutateLua } from './mutation/lua.ts'
import { luaReport } from './mutation/lua-report.ts'
import { run } from './run.ts'
import { testStores } from './test-stores.ts'

// Changes the guard's code, one thing at a time, and runs the tests: a change that no test notices has survived. The exit code
// is 1 when too many survive. `npm run mutation otp` changes only files with otp in their names.
const wanted = (file: string) => file.includes(process.argv[2] ?? '')
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
loadDotEnv()
// This program itself ends what takes too long; on a busy machine, tap's thirty seconds for a test file may not be enough.
process.env.TAP_TIMEOUT ??= '1200'

const files = config.mutate.filter(wanted)
const scripts = readdirSync(LUA_FOLDER).filter((file) => file.endsWith('.lua') && wanted(file))
if (files.length + scripts.length === 0)
  throw new Error(`No file of the guard has ${process.argv[2]} in its name.`)

for (const file of files) {
  if (stop.signal.aborted) break
  // Only the tests named after the file: all of them would take ten times as long.
  const tests = file.replace('src/', 'test/').replace('.ts', '*.test.ts')
  const stores = await testStores(await privateRedis())
  const code = await run('stryker', ['run', '--mutate', file, '--testFiles', tests], stores.env)
  if (code !== 0) process.exitCode = code
  await stores.close()
}
if (scripts.length > 0 && !stop.signal.aborted) {
  const { text, score } = luaReport(await mutateLua(scripts, stop.signal))
  if (!stop.signal.aborted) process.stdout.write(text)
  if (score < config.thresholds.break) process.exitCode = 1
}
if (stop.signal.aborted) process.exitCode = 1
