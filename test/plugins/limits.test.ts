import { randomInt, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { attempt } from '../../src/attempt.ts'
import type { Environment } from '../../src/config/settings.ts'
import { ApiError, LoginLimit, OtpSendLimit, SmsUnavailable } from '../../src/errors.ts'
import { clientAddress } from '../../src/http/client.ts'
import { build, randomPhone, redis } from '../helper.ts'
import { requestFrom } from '../request-from.ts'

const DAY = 86_400
const times = (count: number) => Array.from({ length: count })
/** An address that no other test uses. */
const randomAddress = () => `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::`
const rowKey = (phone: string, address: string) =>
  `login:{${phone}}:row:${clientAddress(requestFrom(address))}`
const addressKey = (address: string) => `login:address:{${clientAddress(requestFrom(address))}}`

type Limits = FastifyInstance['limits']
async function limits(t: Test, changes: Environment = {}): Promise<Limits> {
  return (await build(t, changes)).app.limits
}

const away = new Error('the database is away')
const fail = () => Promise.reject(away)
const untried = () => Promise.reject(new Error('a password was tried'))
const wrong = async () => undefined
const right = async () => 'a login'

/** Tries a password. Returns 0 when it was evaluated, else the seconds to wait. */
async function guess(
  { login }: Limits,
  { phone = randomPhone(), address = randomAddress(), verify = wrong as () => Promise<string | undefined> }
): Promise<number> {
  const request = requestFrom(address)
  const forgiving: Promise<unknown>[] = []
  const places = login(request, phone).map((place) => ({
    ...place,
    forgive: () => {
      const work = Promise.resolve(place.forgive?.())
      forgiving.push(work)
      return work
    }
  }))
  try {
    const isRight = (opened: string | undefined) => opened !== undefined
    await attempt(request, { places, refuse: LoginLimit, isRight }, verify)
    // A sign-in does not wait for this; the test does, to see its effect.
    await Promise.all(forgiving)
    return 0
  } catch (error) {
    await request.giveBack()
    if (error instanceof ApiError && error.code === 'LOGIN_LIMIT') return Number(error.details.retry_after)
    throw error
  }
}

/** Lets time pass for what is stored under a key by moving its timestamps into the past. */
async function pass(key: string, seconds: number): Promise<void> {
  for (const name of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -seconds * 1000, name)
}

/** Tries this many wrong passwords in a row for a number from an address, each after its wait. */
async function fails(limits: Limits, phone: string, address: string, count: number): Promise<void> {
  for (const _ of times(count)) {
    await pass(rowKey(phone, address), 900)
    if ((await guess(limits, { phone, address })) > 0) throw new Error('a guess was refused')
  }
}

const tried = (waits: number[]) => waits.filter((wait) => wait === 0).length
const generous = { LOGIN_MAX_FAILURES_PER_ADDRESS: '1000' }

t.test('each wrong password in a row doubles the wait, up to fifteen minutes', async (t) => {
  const all = await limits(t, generous)
  const [phone, address] = [randomPhone(), randomAddress()]
  for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
    await fails(all, phone, address, 1)
    t.equal(await guess(all, { phone, address }), wait, 'the wait is stated')
    await pass(rowKey(phone, address), wait - 1)
    t.equal(await guess(all, { phone, address }), 1, 'the last second counts')
  }
})

t.test('the first and the longest wait can be set', async (t) => {
  const all = await limits(t, { LOGIN_WAIT_SECONDS: '7', LOGIN_WAIT_MAX_SECONDS: '20' })
  const [phone, address] = [randomPhone(), randomAddress()]
  for (const wait of [7, 14, 20, 20]) {
    await fails(all, phone, address, 1)
    t.equal(await guess(all, { phone, address, verify: untried }), wait)
  }
})

t.test('guesses elsewhere never keep a clerk waiting', async (t) => {
  const all = await limits(t)
  const [phone, office] = [randomPhone(), randomAddress()]
  t.equal(await guess(all, { phone, address: office, verify: right }), 0)
  for (const _ of times(1_000)) await guess(all, { phone })
  t.equal(await guess(all, { phone, address: office }), 0, 'their own typo is evaluated')
  await pass(rowKey(phone, office), 1)
  t.equal(await guess(all, { phone, address: office, verify: right }), 0)
})

t.test('sources where a number never signed in share 100 wrong passwords a day', async (t) => {
  const all = await limits(t)
  const phone = randomPhone()
  const waits = await Promise.all(times(300).map(() => guess(all, { phone })))
  t.equal(tried(waits), 100)
  t.ok(waits.every((wait) => wait === 0 || (wait > DAY - 60 && wait <= DAY)))
  const strange = `login:{${phone}}:strange`
  await pass(strange, DAY - 100)
  const wait = await guess(all, { phone, verify: right })
  t.ok(wait > 40 && wait <= 100, 'until the first expires')
  await pass(strange, wait)
  t.equal(await guess(all, { phone, verify: right }), 0)
})

t.test('a source is known for 90 days after a right password', async (t) => {
  const all = await limits(t, { LOGIN_MAX_FAILURES_PER_DAY: '1' })
  const [phone, office] = [randomPhone(), randomAddress()]
  await guess(all, { phone, address: office, verify: right })
  await guess(all, { phone })
  await pass(`login:{${phone}}:known`, 90 * DAY - 60)
  t.equal(await guess(all, { phone, address: office }), 0)
  await pass(rowKey(phone, office), 60)
  await pass(`login:{${phone}}:known`, 60)
  t.ok((await guess(all, { phone, address: office, verify: right })) > DAY - 120)
})

t.test('a right password forgives the failures of its own source only', async (t) => {
  const all = await limits(t, { LOGIN_MAX_FAILURES_PER_DAY: '6' })
  const [phone, home, guesser] = [randomPhone(), randomAddress(), randomAddress()]
  await fails(all, phone, guesser, 3)
  await fails(all, phone, home, 3)
  t.ok((await guess(all, { phone })) > 0, 'the day is spent')
  await pass(rowKey(phone, home), 4)
  t.ok((await guess(all, { phone, address: home, verify: right })) > 0, 'an unknown source waits too')
  const names = await redis.zrange(rowKey(phone, guesser), '0', '0')
  await redis.zrem(`login:{${phone}}:strange`, ...names)
  t.equal(await guess(all, { phone, address: home, verify: right }), 0)
  t.equal(await redis.zcard(`login:{${phone}}:strange`), 2, 'two of the guesser are left')
  t.equal(await redis.zcard(addressKey(home)), 0, 'and none of home')
  t.equal(await redis.zcard(addressKey(guesser)), 3)
  t.equal(await redis.exists(rowKey(phone, home)), 0)
})

t.test('attempts during the wait are not evaluated and do not lengthen it', async (t) => {
  const all = await limits(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fails(all, phone, address, 8)
  for (const _ of times(50)) t.equal(await guess(all, { phone, address, verify: untried }), 128)
  t.equal(await redis.zcard(rowKey(phone, address)), 8)
  t.equal(await redis.zcard(addressKey(address)), 8, 'nor do they count for the source')
})

t.test('of 100 parallel guesses from one source to two processes, one is evaluated', async (t) => {
  const processes = [await limits(t), await limits(t)] as const
  const [phone, address] = [randomPhone(), randomAddress()]
  const guesses = times(100).map((_, i) => guess(processes[i % 2 ? 1 : 0], { phone, address }))
  t.equal(tried(await Promise.all(guesses)), 1)
  t.equal(await redis.zcard(rowKey(phone, address)), 1)
})

t.test('an attempt that fails without a verdict is given back, and its error passed on', async (t) => {
  const all = await limits(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fails(all, phone, address, 6)
  await pass(rowKey(phone, address), 32)
  for (const _ of times(30)) await t.rejects(guess(all, { phone, address, verify: fail }), away)
  t.equal(await redis.zcard(addressKey(address)), 6)
  t.equal(await redis.zcard(`login:{${phone}}:strange`), 6)
  t.equal(await guess(all, { phone, address }), 0, 'the next one need not wait')
  t.equal(await guess(all, { phone, address }), 64, 'it was the seventh, not the 37th')
})

t.test('an attempt counts before it is evaluated, so a slow one holds back the next', async (t) => {
  const all = await limits(t, { LOGIN_WAIT_SECONDS: '60' })
  const [phone, address] = [randomPhone(), randomAddress()]
  const slow = async () => {
    t.equal(await guess(all, { phone, address, verify: right }), 60)
    return undefined
  }
  t.equal(await guess(all, { phone, address, verify: slow }), 0)
})

t.test('without Redis no password is tried', async (t) => {
  const { app } = await build(t)
  app.redis.disconnect()
  await t.rejects(guess(app.limits, { verify: untried }), {
    message: /Connection is closed|Stream isn't writeable|Cluster isn't ready/
  })
})

t.test('a source gets 20 wrong passwords an hour over all numbers; others go on', async (t) => {
  const all = await limits(t)
  const address = randomAddress()
  t.equal(tried(await Promise.all(times(60).map(() => guess(all, { address })))), 20)
  await pass(addressKey(address), 1_800)
  const wait = await guess(all, { address, verify: right })
  t.ok(wait > 1_740 && wait <= 1_800, `${wait} s`)
  t.equal(await guess(all, {}), 0, 'another source')
  const life = await redis.ttl(addressKey(address))
  t.ok(life > 3_540 && life <= 3_600, 'and the counter expires by itself')
})

t.test('a refused source uses up no guesses of a number', async (t) => {
  const all = await limits(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '1' })
  const [phone, address] = [randomPhone(), randomAddress()]
  await guess(all, { address })
  for (const _ of times(10)) t.ok((await guess(all, { phone, address })) > 3_540)
  t.equal(await redis.exists(rowKey(phone, address), `login:{${phone}}:strange`), 0)
})

t.test('an account gets ten sends a day to change its number, and failed sends do not count', async (t) => {
  const all = await limits(t)
  const userId = randomUUID()
  const send = async (work: () => Promise<unknown>) => {
    const request = requestFrom(randomAddress())
    const sent = attempt(request, { places: [all.phoneChange(userId)], refuse: OtpSendLimit }, work)
    return sent.catch(async (error: ApiError) => {
      await request.giveBack()
      return error.code
    })
  }
  for (const _ of times(20)) await send(() => Promise.reject(SmsUnavailable(undefined)))
  t.strictSame(await Promise.all(times(12).map(() => send(async () => 'sent'))), [
    ...times(10).map(() => 'sent'),
    'OTP_SEND_LIMIT',
    'OTP_SEND_LIMIT'
  ])
})
