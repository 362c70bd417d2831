import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Redis } from 'ioredis'
import { privateRedis } from '../find-redis.ts'
import { testStores } from '../test-stores.ts'

export type Outcome = 'killed' | 'timeout' | 'survived' | 'invalid'
export type Sandbox = Awaited<ReturnType<typeof openSandbox>>

const COPIED = ['src', 'test', 'scripts', 'package.json', 'tsconfig.json']

/** Makes a copy of the project in which scripts may be changed: the code under test is unaware of it. */
export async function openSandbox() {
  const folder = await mkdtemp(join(tmpdir(), 'citizen-auth-lua-'))
  for (const name of COPIED) await cp(name, join(folder, name), { recursive: true })
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  return { judge, close: () => rm(folder, { recursive: true }) }

  /** Runs tests with this version of the script, until one fails. */
  async function judge(script: string, source: string, tests: string[], timeoutMs: number): Promise<Outcome> {
    // A Redis of its own, because a script that never ends blocks Redis for everyone, for good.
    const redis = await privateRedis()
    const stores = await testStores(redis)
    try {
      if (!(await compiles(redis.url, source))) return 'invalid'
      await writeFile(join(folder, script), source)
      for (const test of tests) {
        const outcome = await run(test, stores.env, timeoutMs)
        if (outcome !== 'survived') return outcome
      }
      return 'survived'
    } finally {
      await cp(script, join(folder, script))
      await stores.close()
    }
  }

  async function run(test: string, env: NodeJS.ProcessEnv, timeout: number): Promise<Outcome> {
    const child = spawn(process.execPath, ['--import', 'tsx', test], {
      ...{ cwd: folder, env: { ...env, TAP_BAIL: '1' }, stdio: 'ignore' },
      ...{ timeout, killSignal: 'SIGKILL' }
    })
    const [code, signal] = await once(child, 'exit')
    if (signal === 'SIGKILL') return 'timeout'
    return code === 0 ? 'survived' : 'killed'
  }
}

async function compiles(url: string, source: string): Promise<boolean> {
  const redis = new Redis(url)
  const digest = await redis.script('LOAD', source).catch(() => undefined)
  redis.disconnect()
  return digest !== undefined
}
