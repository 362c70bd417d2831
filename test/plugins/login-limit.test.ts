import { randomInt } from 'node:crypto'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import { ApiError } from '../../src/errors.ts'
import { build, randomPhone, redis } from '../helper.ts'

const DAY = 86_400
const times = (count: number) => Array.from({ length: count })
/** An address that no other test has. */
const randomAddress = () => `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::`
const numberKey = (phone: string) => `login:number:{${phone}}`
const addressKey = (address: string) => `login:address:{${address}}`

type LoginLimit = FastifyInstance['loginLimit']
async function limit(t: Test, changes: Environment = {}): Promise<LoginLimit> {
  return (await build(t, changes)).app.loginLimit
}

const away = new Error('the database is away')
const fail = () => Promise.reject(away)
const untried = () => Promise.reject(new Error('a password was tried'))
const wrong = async () => undefined
const right = async () => 'a login'

/** A request from an address; `fail` gives back what it has counted. */
function requestFrom(address: string) {
  const steps = new Set<() => Promise<unknown>>()
  return {
    ip: address,
    socket: new Socket(),
    undoOnFailure: async (step: () => Promise<unknown>) => {
      steps.add(step)
      return () => {
        steps.delete(step)
      }
    },
    fail: () => Promise.all([...steps].map((step) => step()))
  }
}

/** Tries a password: 0 when it was evaluated, else the seconds to wait. */
async function guess(
  loginLimit: LoginLimit,
  { phone = randomPhone(), address = randomAddress(), verify = wrong as () => Promise<string | undefined> }
): Promise<number> {
  const request = requestFrom(address)
  try {
    await loginLimit.attempt(request, phone, verify)
    return 0
  } catch (error) {
    await request.fail()
    if (error instanceof ApiError && error.code === 'LOGIN_LIMIT') return Number(error.details.retry_after)
    throw error
  }
}

/** Lets time go by for what is stored under a key: its moments move into the past. */
async function pass(key: string, seconds: number): Promise<void> {
  for (const name of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -seconds * 1000, name)
}

/** So many wrong passwords in a row for a number, each after its wait, from addresses all over the world. */
async function fails(loginLimit: LoginLimit, phone: string, count: number): Promise<void> {
  for (const _ of times(count)) {
    await pass(numberKey(phone), 900)
    if ((await guess(loginLimit, { phone })) > 0) throw new Error('a guess was refused')
  }
}

const tried = (waits: number[]) => waits.filter((wait) => wait === 0).length

for (const [failures, wait] of [
  ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((wait, i) => [i + 1, wait] as const),
  ...([11, 12, 40] as const).map((failures) => [failures, 900] as const)
] as const) {
  t.test(`after ${failures} wrong passwords in a row a number waits ${wait} s, and no longer`, async (t) => {
    const loginLimit = await limit(t)
    const phone = randomPhone()
    await fails(loginLimit, phone, failures)
    t.equal(await guess(loginLimit, { phone }), wait, 'the wait is told')
    await pass(numberKey(phone), wait - 1)
    t.equal(await guess(loginLimit, { phone }), 1, 'the last second counts')
    await pass(numberKey(phone), 1)
    t.equal(await guess(loginLimit, { phone }), 0)
  })
}

t.test('the first wait and the longest can be set', async (t) => {
  const loginLimit = await limit(t, { LOGIN_WAIT_SECONDS: '7', LOGIN_WAIT_MAX_SECONDS: '20' })
  const phone = randomPhone()
  for (const wait of [7, 14, 20, 20]) {
    await fails(loginLimit, phone, 1)
    t.equal(await guess(loginLimit, { phone }), wait)
  }
})

t.test('a wait of a day, the longest that can be set, is reached and kept', async (t) => {
  const loginLimit = await limit(t, { LOGIN_WAIT_MAX_SECONDS: String(DAY) })
  const phone = randomPhone()
  for (const wait of [...times(17).map((_, i) => 2 ** i), ...times(23).map(() => DAY)]) {
    await pass(numberKey(phone), DAY)
    await guess(loginLimit, { phone })
    if (wait > 1) t.equal(await guess(loginLimit, { phone }), wait)
  }
  t.equal(await redis.zcard(numberKey(phone)), 32, 'a number under attack for years stays small')
})

t.test('who guesses for whole days has 105 guesses at a number on the first, then 96 a day', async (t) => {
  const loginLimit = await limit(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '1000000' })
  const [phone, address] = [randomPhone(), randomAddress()]
  const days: number[] = []
  for (let now = 0; now < 3 * DAY && days.length < 1_000; ) {
    const wait = await guess(loginLimit, { phone, address })
    await pass(numberKey(phone), wait)
    now += wait
    if (wait === 0) days.push(Math.floor(now / DAY))
  }
  t.strictSame(
    [0, 1, 2].map((day) => days.filter((other) => other === day).length),
    [105, 96, 96]
  )
})

t.test('a right password ends the row of a number', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  await fails(loginLimit, phone, 5)
  await pass(numberKey(phone), 16)
  t.equal(await guess(loginLimit, { phone, verify: right }), 0)
  t.equal(await redis.exists(numberKey(phone)), 0)
  for (const _ of times(10)) t.equal(await guess(loginLimit, { phone, verify: right }), 0, 'no wait at all')
  await fails(loginLimit, phone, 2)
  t.equal(await guess(loginLimit, { phone }), 2, 'the next row starts with the first wait')
})

t.test('what a password opens is handed on, and a wrong one opens nothing', async (t) => {
  const loginLimit = await limit(t)
  t.equal(await loginLimit.attempt(requestFrom(randomAddress()), randomPhone(), right), 'a login')
  t.equal(await loginLimit.attempt(requestFrom(randomAddress()), randomPhone(), wrong), undefined)
})

t.test('attempts during the wait are not evaluated and do not lengthen it', async (t) => {
  const loginLimit = await limit(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fails(loginLimit, phone, 8)
  for (const _ of times(50)) t.equal(await guess(loginLimit, { phone, address, verify: untried }), 128)
  t.equal(await redis.zcard(numberKey(phone)), 8)
  t.equal(await redis.zcard(addressKey(address)), 0, 'nor do they cost the address anything')
  await pass(numberKey(phone), 128)
  t.equal(await guess(loginLimit, { phone }), 0)
})

t.test('a stranger cannot lock a staff member out for more than the wait', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  await fails(loginLimit, phone, 30)
  for (const _ of times(100)) await guess(loginLimit, { phone })
  t.equal(await guess(loginLimit, { phone, verify: right }), 900)
  await pass(numberKey(phone), 900)
  t.equal(await guess(loginLimit, { phone, verify: right }), 0)
  t.equal(await guess(loginLimit, { phone, verify: right }), 0, 'and the stranger is forgotten')
})

t.test('waits of one number are nobody else’s', async (t) => {
  const loginLimit = await limit(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fails(loginLimit, phone, 10)
  t.equal(await guess(loginLimit, { address }), 0)
  t.equal(await guess(loginLimit, { address }), 0)
})

t.test('a number is forgotten a day after its last wrong password', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  const life = () => redis.ttl(numberKey(phone))
  await fails(loginLimit, phone, 3)
  t.ok((await life()) > DAY - 60 && (await life()) <= DAY)
  await redis.expire(numberKey(phone), 1_000)
  t.equal(await guess(loginLimit, { phone }), 4)
  t.ok((await life()) <= 1_000, 'a refused attempt keeps nothing alive')
  await fails(loginLimit, phone, 1)
  t.ok((await life()) > DAY - 60)
})

t.test('of 100 guesses at a number at the same moment, in two processes, one is evaluated', async (t) => {
  const processes = [await limit(t), await limit(t)] as const
  const phone = randomPhone()
  const guesses = times(100).map((_, i) => guess(processes[i % 2 ? 1 : 0], { phone }))
  const waits = await Promise.all(guesses)
  t.equal(tried(waits), 1)
  t.strictSame(new Set(waits), new Set([0, 1]))
  t.equal(await redis.zcard(numberKey(phone)), 1)
})

t.test('of 100 guesses at the end of a long wait one is evaluated', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  await fails(loginLimit, phone, 20)
  await pass(numberKey(phone), 900)
  t.equal(tried(await Promise.all(times(100).map(() => guess(loginLimit, { phone })))), 1)
  t.equal(await guess(loginLimit, { phone }), 900)
})

t.test('an attempt counts before it is evaluated, so that a slow one holds back the next', async (t) => {
  const loginLimit = await limit(t, { LOGIN_WAIT_SECONDS: '60' })
  const phone = randomPhone()
  const slow = async () => {
    t.equal(await guess(loginLimit, { phone, verify: right }), 60)
    return undefined
  }
  t.equal(await guess(loginLimit, { phone, verify: slow }), 0)
})

t.test('an attempt without a verdict is given back, with its error, as if it had not been', async (t) => {
  const loginLimit = await limit(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fails(loginLimit, phone, 6)
  await pass(numberKey(phone), 32)
  for (const _ of times(30)) await t.rejects(guess(loginLimit, { phone, address, verify: fail }), away)
  t.equal(await redis.zcard(addressKey(address)), 0)
  t.equal(await guess(loginLimit, { phone }), 0, 'the next one need not wait')
  t.equal(await guess(loginLimit, { phone }), 64, 'it was the seventh, not the 37th')
})

t.test('an attempt that is given back late takes nothing from those after it', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  await fails(loginLimit, phone, 2)
  await pass(numberKey(phone), 2)
  const late = async () => {
    await fails(loginLimit, phone, 1)
    return fail()
  }
  await t.rejects(guess(loginLimit, { phone, verify: late }), away)
  t.equal(await guess(loginLimit, { phone }), 4, 'three are left')
})

t.test('without Redis no password is tried', async (t) => {
  const { app } = await build(t)
  app.redis.disconnect()
  await t.rejects(guess(app.loginLimit, { verify: untried }), {
    message: /Connection is closed|Stream isn't writeable|Cluster isn't ready/
  })
})

t.test('an address has 20 wrong passwords an hour, for whichever numbers; others go on', async (t) => {
  const loginLimit = await limit(t)
  const address = randomAddress()
  for (const _ of times(20)) t.equal(await guess(loginLimit, { address }), 0)
  const wait = await guess(loginLimit, { address, verify: right })
  t.ok(wait > 3_540 && wait <= 3_600, `${wait} s`)
  t.equal(await guess(loginLimit, {}), 0, 'another address')
})

t.test('the hour of an address rolls: each wrong password leaves it by itself', async (t) => {
  const loginLimit = await limit(t)
  const address = randomAddress()
  for (const _ of times(10)) await guess(loginLimit, { address })
  await pass(addressKey(address), 1_800)
  for (const _ of times(10)) await guess(loginLimit, { address })
  const wait = await guess(loginLimit, { address })
  t.ok(wait > 1_740 && wait <= 1_800, `${wait} s`)
  await pass(addressKey(address), 1_800)
  for (const _ of times(10)) t.equal(await guess(loginLimit, { address }), 0)
  t.ok((await guess(loginLimit, { address })) > 1_740)
})

t.test('an address that is refused costs a number nothing', async (t) => {
  const loginLimit = await limit(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '1' })
  const [phone, address] = [randomPhone(), randomAddress()]
  await guess(loginLimit, { address })
  for (const _ of times(10)) t.ok((await guess(loginLimit, { phone, address })) > 3_540)
  t.equal(await guess(loginLimit, { phone, verify: right }), 0, 'its owner signs in from elsewhere')
})

t.test('of 60 guesses from an address at the same moment 20 are evaluated', async (t) => {
  const loginLimit = await limit(t)
  const address = randomAddress()
  t.equal(tried(await Promise.all(times(60).map(() => guess(loginLimit, { address })))), 20)
  t.equal(await redis.zcard(addressKey(address)), 20)
})

t.test('a right password gives the address back its own attempt only', async (t) => {
  const loginLimit = await limit(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '5' })
  const [own, address] = [randomPhone(), randomAddress()]
  for (const _ of times(4)) {
    t.equal(await guess(loginLimit, { address }), 0)
    t.equal(await guess(loginLimit, { phone: own, address, verify: right }), 0)
  }
  t.equal(await redis.zcard(addressKey(address)), 4)
  t.equal(await guess(loginLimit, { address }), 0)
  t.ok((await guess(loginLimit, { phone: own, address, verify: right })) > 0, 'no refill for a guesser')
})

t.test('what is counted for an address leaves Redis with its window', async (t) => {
  const loginLimit = await limit(t, { LOGIN_WINDOW_SECONDS: '600' })
  const address = randomAddress()
  await guess(loginLimit, { address })
  const seconds = await redis.ttl(addressKey(address))
  t.ok(seconds > 590 && seconds <= 600)
})
