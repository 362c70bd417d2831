import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createProgress } from '../../src/manage/import/progress.ts'
import { type LuaMutant, luaMutants } from './lua-mutants.ts'
import { type Outcome, openSandbox, type Sandbox } from './lua-sandbox.ts'

/** The guard's Lua scripts, whose decisions no TypeScript tool can mutate. */
export const LUA_FOLDER = 'src/lua'
const CONCURRENCY = 2

export type Judged = LuaMutant & { script: string; outcome: Outcome }

/** Mutates these scripts, one change at a time, and returns what the tests said to each. */
export async function mutateLua(files: string[], signal: AbortSignal): Promise<Judged[]> {
  const progress = createProgress(process.stderr)
  const jobs = files.map((file) => {
    const script = `${LUA_FOLDER}/${file}`
    const source = readFileSync(script, 'utf8')
    return { script, source, tests: testsOf(basename(file, '.lua')), mutants: luaMutants(source) }
  })
  const total = jobs.reduce((sum, { mutants }) => sum + mutants.length, 0)
  const judged: Judged[] = []
  const sandboxes = await Promise.all(Array.from({ length: CONCURRENCY }, openSandbox))
  try {
    for (const { script, source, tests, mutants } of jobs) {
      const timeoutMs = await patience(sandboxes, script, source, tests)
      const work = async (sandbox: Sandbox) => {
        for (let next = mutants.shift(); next && !signal.aborted; next = mutants.shift()) {
          const outcome = await sandbox.judge(script, next.source, tests, timeoutMs)
          judged.push({ ...next, script, outcome })
          progress.show('Mutants of scripts judged:', judged.length, total)
        }
      }
      await Promise.all(sandboxes.map(work))
    }
  } finally {
    progress.wipe()
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
  }
  return judged
}

const TABLES = 'test/lua'
/** A script that is prepended to others is tested by their tables too. */
const SHARED: Record<string, string[]> = {
  limits: ['limits', 'window-take', 'login-take', 'otp-validate', 'otp-store', 'address-take']
}

/** The test files of a script: those named after it. */
function testsOf(name: string): string[] {
  const steps = SHARED[name] ?? [name]
  const tests = readdirSync(TABLES).filter((file) =>
    steps.some(
      (step) => file === `${step}.test.ts` || (file.startsWith(`${step}-`) && file.endsWith('.test.ts'))
    )
  )
  if (tests.length === 0) throw new Error(`No tests of ${name}.lua: write ${TABLES}/${name}.test.ts.`)
  return tests.map((file) => `${TABLES}/${file}`)
}

/** How long a test may take (ms), measured on a machine as busy as it will be; also proves that the unchanged script passes. */
async function patience(
  sandboxes: Sandbox[],
  script: string,
  source: string,
  tests: string[]
): Promise<number> {
  const started = Date.now()
  const outcomes = await Promise.all(
    sandboxes.map((sandbox) => sandbox.judge(script, source, tests, 1_200_000))
  )
  if (outcomes.some((outcome) => outcome !== 'survived'))
    throw new Error(`They must pass before anything is changed: npm test ${tests.join(' ')}`)
  return 2 * (Date.now() - started) + 3_000
}
