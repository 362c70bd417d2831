// Alone in its process: its servers depend on its timing, and an error in its teardown ends the process
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { build, randomPhone } from '../helper.ts'
import { run, succeed } from '../manage/run.ts'
import { until } from '../until.ts'

const ROTATIONS = 3
const JWT_KEYS = `${t.testdir()}/keys.json`
const env = { JWT_KEYS, JWT_KEYS_CHECK_MS: '100' }

const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

t.test('keys rotate under load without a failed request or an invalidated token', async (t) => {
  await succeed(['keys', 'generate'], '', env)
  const settings = { ...env, JWT_SECRET: '', DEBUG: 'true' }
  // Two processes, as far as the keys are concerned: each watches the file by itself.
  const apps = [await build(t, settings), await build(t, settings)] as const
  /** Waits until both have logged these words `count` times. */
  const told = async (count: number, words: string) => {
    const often = (log: string[]) => log.filter((line) => line.includes(words)).length
    await until(() => apps.every(({ log }) => often(log) >= count))
  }

  let running = true
  const tokens: string[] = []
  const failures: string[] = []
  /** Keeps signing in at one process and asking the other who it is. */
  async function client(number: number) {
    const [here, there] = number % 2 ? apps : [apps[1], apps[0]]
    while (running) {
      const signedIn = await here.verifyOtp(randomPhone(), '1111')
      const { access } = signedIn.json<{ access: string }>()
      const me = await there.me(access)
      tokens.push(access)
      if (signedIn.statusCode !== 200 || me.statusCode !== 200) failures.push(`${signedIn.body} ${me.body}`)
    }
  }
  const clients = Promise.all([0, 1, 2, 3].map(client))

  for (let round = 1; round <= ROTATIONS; round++) {
    await until(() => new Set(tokens.map(kidOf)).size >= round)
    await until(async () => (await run(['keys', 'rotate', '--now'], '', env)).code === 0)
    await told(round, 'the active key is')
  }
  const good = readFileSync(JWT_KEYS)
  writeFileSync(JWT_KEYS, good.subarray(0, 100))
  await told(1, 'the keys stay as they were')
  const sofar = tokens.length
  await until(() => tokens.length >= sofar + 20)
  writeFileSync(`${JWT_KEYS}.new`, good)
  renameSync(`${JWT_KEYS}.new`, JWT_KEYS)
  await told(ROTATIONS + 1, 'the active key is')
  running = false
  await clients

  t.strictSame(failures, [])
  const firstOfEach = new Map(tokens.toReversed().map((token) => [kidOf(token), token]))
  t.equal(firstOfEach.size, ROTATIONS + 1, `${tokens.length} sign-ins, by every key in turn`)
  for (const token of firstOfEach.values()) {
    for (const { me } of apps) t.equal((await me(token)).statusCode, 200, 'a token of each key works')
  }
})
