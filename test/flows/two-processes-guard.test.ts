import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { SERVICE_KEYS } from '../../src/redis/guard-steps.ts'
import { otpKeys } from '../../src/redis/otp-steps.ts'
import { connectRedis, environment, randomPhone, wrongCode } from '../helper.ts'
import { start } from '../process.ts'

// Other files make guesses too, which count for the whole service.
const REDIS_KEY_PREFIX = `${environment.REDIS_KEY_PREFIX}two-processes:`
const redis = connectRedis(REDIS_KEY_PREFIX)
t.teardown(() => redis.quit())
const files = ['one', 'other'].map((name) => `${t.testdir()}/${name}.jsonl`)
const processes = files.map((file) =>
  start(t, 'src/server.ts', [], {
    ...environment,
    TRUST_PROXY: '127.0.0.1/32',
    REDIS_KEY_PREFIX,
    STRICT_FAILURES_PER_TEN_MINUTES: '20',
    SMS_GATEWAYS: 'mock',
    SMS_MOCK_FILE: file
  })
)
const servers = await Promise.all(processes.map(({ said }) => said(/Server listening at ([^"]+)"/)))
const times = (count: number) => Array.from({ length: count }, (_, turn) => turn)
const HOME = '20.0.0.1'

interface Reply {
  status: number
  code?: string
  attempts_left?: number
  code_length?: number
}

/** A call to one of the servers, as the trusted proxy forwards it from an address. */
async function post(turn: number, path: string, address: string, body: object): Promise<Reply> {
  const reply = await fetch(`${servers[turn % 2]}/api/auth/${path}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body)
  })
  return { ...((await reply.json()) as Omit<Reply, 'status'>), status: reply.status }
}
const send = (turn: number, phone: string, address = HOME) =>
  post(turn, 'send-otp', address, { phone_number: phone })
const verify = (turn: number, phone: string, code: string, address = HOME) =>
  post(turn, 'verify-otp', address, { phone_number: phone, code })

/** The SMS to a number, whichever process has sent them. */
function textsTo(phone: string): string[] {
  const lines = files.flatMap((file) =>
    existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  )
  return lines
    .map((line): { to: string; text: string } => JSON.parse(line))
    .filter(({ to }) => to === phone)
    .map(({ text }) => text)
}
const codeFor = (phone: string) => /\b\d{4,8}\b/.exec(textsTo(phone).at(-1) ?? '')?.[0] ?? ''
const failuresInRow = async (phone: string) =>
  Number(await redis.hget(otpKeys(phone, 'sign-in').in_row, 'count'))
/** How often each word occurs. */
function tally(words: (string | number | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[`${word}`] = (counts[`${word}`] ?? 0) + 1
  return counts
}

t.test(
  'of 100 wrong guesses at once, from as many addresses at two processes, five are judged',
  async (t) => {
    const phone = randomPhone()
    t.equal((await send(0, phone)).status, 200)
    const wrong = wrongCode(codeFor(phone))
    const replies = await Promise.all(
      times(100).map((turn) => verify(turn, phone, wrong, `20.1.1.${turn + 1}`))
    )
    t.strictSame(tally(replies.map(({ code }) => code)), { OTP_INVALID: 100 })
    const left = replies.map(({ attempts_left = 0 }) => attempts_left).filter((attempts) => attempts > 0)
    t.strictSame(left.toSorted(), [1, 2, 3, 4], 'no two share an attempt')
    t.equal(await failuresInRow(phone), 5)
    t.equal(await redis.zcard(otpKeys(phone, 'sign-in').short), 5)
    t.equal(
      (await verify(0, phone, codeFor(phone), '20.1.2.1')).status,
      401,
      'nor is the right code accepted there'
    )
    t.equal((await verify(1, phone, codeFor(phone))).status, 200, 'the asker has a guess of their own')
  }
)

t.test('a right code sent 60 times at once to two processes signs in once', async (t) => {
  const phone = randomPhone()
  await send(1, phone)
  const code = codeFor(phone)
  const replies = await Promise.all(times(60).map((turn) => verify(turn, phone, code)))
  t.strictSame(tally(replies.map(({ status }) => status)), { 200: 1, 401: 59 })
  t.strictSame(tally(replies.map(({ attempts_left }) => attempts_left)), { undefined: 1, 0: 59 })
})

t.test('of 40 codes asked for at once at two processes one is sent', async (t) => {
  const phone = randomPhone()
  const replies = await Promise.all(times(40).map((turn) => send(turn, phone, `20.2.2.${turn + 1}`)))
  t.strictSame(tally(replies.map(({ code }) => code)), { undefined: 1, OTP_COOLDOWN: 39 })
  t.equal(textsTo(phone).length, 1)
  t.equal(await redis.zcard(otpKeys(phone, 'sign-in').stranger_sends), 1)
})

t.test('strict mode caused at one process is in force at the other at once', async (t) => {
  const early = randomPhone()
  await send(1, early, '20.3.3.1')
  t.equal(codeFor(early).length, 4)
  while (!(await redis.exists(SERVICE_KEYS.strict))) {
    const phone = randomPhone()
    await send(0, phone)
    t.equal((await verify(0, phone, wrongCode(codeFor(phone)))).status, 401)
  }
  await processes[0]?.said(/(strict_mode_entered)/)

  const phone = randomPhone()
  const citizen = '20.3.3.2'
  t.match(await send(1, phone, citizen), { status: 200, code_length: 6 })
  t.match(await verify(1, phone, wrongCode(codeFor(phone)), citizen), { attempts_left: 4 })
  const collected = await verify(1, early, codeFor(early), '20.3.3.1')
  t.match(collected, { code: 'OTP_INVALID', attempts_left: 0 }, 'a short code is void')
  t.equal((await verify(0, phone, codeFor(phone), citizen)).status, 200)
})
