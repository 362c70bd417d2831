import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { SmsUnavailable } from '../../src/errors.ts'
import errorHandler from '../../src/plugins/error-handler.ts'
import idempotency from '../../src/plugins/idempotency.ts'
import type { OtpPurpose } from '../../src/plugins/otp.ts'
import rateLimit from '../../src/plugins/rate-limit.ts'
import redisPlugin from '../../src/plugins/redis.ts'
import timeLimit from '../../src/plugins/time-limit.ts'
import { keysLike, redis, settings } from '../helper.ts'
import { until } from '../until.ts'

interface Body {
  phone: string
  purpose: OtpPurpose
  device_token?: string
}
const asked: Body = { phone: '+998901112233', purpose: 'sign-in', device_token: 'a device' }
const config = settings()

/** A process whose POST / does this work once per key. */
async function service(
  t: Test,
  work: () => Promise<unknown>,
  { handlerTimeoutMs = 10_000, max = 100_000 } = {}
) {
  const log: string[] = []
  const app = Fastify({ logger: { stream: { write: (line) => log.push(line) } } })
  app.register(errorHandler)
  app.register(timeLimit, { handlerTimeoutMs })
  app.register(redisPlugin, config.redis)
  app.register(rateLimit, { max })
  app.register(idempotency, config.otp)
  let calls = 0
  app.after(() => {
    app.post<{ Body: Body }>('/', (request) => {
      calls++
      return app.onceForKey(request, request.body.phone, request.body.purpose, work)
    })
  })
  t.teardown(() => app.close())
  await app.ready()
  const call = async (key: string | undefined, changes: Partial<Body> = {}, remoteAddress = '10.0.0.1') => {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const payload = { ...asked, ...changes }
    const reply = await app.inject({ method: 'POST', url: '/', headers, payload, remoteAddress })
    return { status: reply.statusCode, ...reply.json() }
  }
  return { app, log, call, calls: () => calls }
}

/** Work whose turns each wait until the test ends them. */
function slowWork() {
  const turns: { succeed(): void; fail(): void }[] = []
  return {
    turns,
    work: () =>
      new Promise((resolve, reject) => {
        const turn = turns.length + 1
        turns.push({ succeed: () => resolve({ turn }), fail: () => reject(SmsUnavailable(undefined)) })
      })
  }
}

/** Work that is done at once, and counts its turns. */
function quickWork() {
  let turn = 0
  return async () => ({ turn: ++turn })
}

t.test('a call without a key does its work each time', async (t) => {
  const { call } = await service(t, quickWork())
  t.match([await call(undefined), await call(undefined)], [{ turn: 1 }, { turn: 2 }])
})

t.test('a call repeated with its key gets the first answer, even from another address', async (t) => {
  const { call, log } = await service(t, quickWork())
  const key = randomUUID()
  t.strictSame(await call(key), { status: 200, turn: 1 })
  t.strictSame(await call(key, {}, '10.9.9.9'), { status: 200, turn: 1 })
  t.match(log.join(''), 'answer_repeated')
  t.strictSame(await call(randomUUID()), { status: 200, turn: 2 }, 'with another key it is another call')
})

t.test('of parallel calls to two processes, one does the work and all get its answer', async (t) => {
  const { turns, work } = slowWork()
  const [one, other] = [await service(t, work), await service(t, work)]
  const key = randomUUID()
  const replies = Array.from({ length: 20 }, (_, place) => (place % 2 ? one : other).call(key))
  await until(() => one.calls() + other.calls() === 20 && turns.length > 0)
  turns[0]?.succeed()
  for (const reply of await Promise.all(replies)) t.strictSame(reply, { status: 200, turn: 1 })
  t.equal(turns.length, 1)
})

t.test('a key reused with another body is refused during the first call and after it', async (t) => {
  const { turns, work } = slowWork()
  const { call } = await service(t, work)
  const key = randomUUID()
  const mismatch = { status: 422, code: 'IDEMPOTENCY_MISMATCH' }
  const others = [{ phone: '+998901112234' }, { device_token: 'another' }, { device_token: '' }]
  const first = call(key)
  await until(() => turns.length === 1)
  for (const other of others) t.match(await call(key, other), mismatch)
  turns[0]?.succeed()
  await first
  for (const other of others) t.match(await call(key, other), mismatch)
  t.strictSame(await call(key), { status: 200, turn: 1 }, 'which leaves the first call intact')
})

t.test('a key is independent for each purpose and for each user', async (t) => {
  const { call } = await service(t, quickWork())
  const key = randomUUID()
  const purposes: OtpPurpose[] = ['sign-in', 'change-phone:one', 'change-phone:other']
  for (const [place, purpose] of purposes.entries())
    t.match(await call(key, { purpose }), { turn: place + 1 })
})

t.test('if the first call fails, a waiting one does the work; errors are not repeated', async (t) => {
  const { turns, work } = slowWork()
  const [one, other] = [await service(t, work), await service(t, work)]
  const key = randomUUID()
  const first = one.call(key)
  await until(() => turns.length === 1)
  const second = other.call(key)
  await until(() => other.calls() === 1)
  turns[0]?.fail()
  t.match(await first, { status: 503, code: 'SMS_UNAVAILABLE' })
  await until(() => turns.length === 2)
  turns[1]?.succeed()
  t.strictSame(await second, { status: 200, turn: 2 })
  t.strictSame(await one.call(key), { status: 200, turn: 2 })
})

t.test('the key of a dead process is free once its request would have ended', async (t) => {
  const { turns, work } = slowWork()
  const dying = await service(t, work, { handlerTimeoutMs: 500 })
  const { call } = await service(t, work)
  const key = randomUUID()
  const first = dying.call(key)
  await until(() => turns.length === 1)
  dying.app.redis.disconnect()
  const second = call(key)
  t.equal((await first).status, 503)
  t.equal(turns.length, 1, 'until then nobody else does it')
  await until(() => turns.length === 2)
  turns[1]?.succeed()
  t.strictSame(await second, { status: 200, turn: 2 })
})

t.test('work that outlives its request leaves no answer and delays nobody', async (t) => {
  const { turns, work } = slowWork()
  const { call } = await service(t, work, { handlerTimeoutMs: 300 })
  const key = randomUUID()
  t.equal((await call(key)).status, 503)
  turns[0]?.succeed()
  const second = call(key)
  await until(() => turns.length === 2)
  turns[1]?.succeed()
  t.strictSame(await second, { status: 200, turn: 2 })
})

t.test('a call that waits in vain gets a 503 and does no work later', async (t) => {
  const { turns, work } = slowWork()
  const [one, hasty] = [await service(t, work), await service(t, work, { handlerTimeoutMs: 200 })]
  const key = randomUUID()
  const first = one.call(key)
  await until(() => turns.length === 1)
  t.match(await hasty.call(key), { status: 503, code: 'SERVICE_UNAVAILABLE', retry_after: 1 })
  turns[0]?.fail()
  await first
  // Longer than the longest pause between two polls.
  await wait(500)
  t.equal(turns.length, 1)
})

t.test('without Redis no work starts, and finished work is answered though it is not stored', async (t) => {
  const { turns, work } = slowWork()
  const { app, call, log } = await service(t, work)
  const first = call(randomUUID())
  await until(() => turns.length === 1)
  app.redis.disconnect()
  turns[0]?.succeed()
  t.strictSame(await first, { status: 200, turn: 1 })
  t.match(log.join(''), 'an answer was not kept')
  t.match(await call(randomUUID()), { status: 503, code: 'SERVICE_UNAVAILABLE' })
  t.equal(turns.length, 1)
})

t.test('repeats count towards the rate limit of a source, whatever the answer', async (t) => {
  const { call } = await service(t, quickWork(), { max: 3 })
  const key = randomUUID()
  const statuses: number[] = []
  for (const phone of [asked.phone, '+998901112234', asked.phone, asked.phone])
    statuses.push((await call(key, { phone })).status)
  t.strictSame(statuses, [200, 422, 200, 429])
  t.match(await call(key), { code: 'RATE_LIMITED', retry_after: Number })
  t.equal((await call(key, {}, '10.0.0.2')).status, 200, 'others may')
})

t.test('Redis stores one short name per key, no key or device, and expires it with the code', async (t) => {
  const { call } = await service(t, quickWork())
  for (const key of await keysLike('once:*')) await redis.del(key)
  await call('k'.repeat(10_000))
  const [name = '', ...others] = await keysLike('once:*')
  t.match(name, /^once:[\w-]{22}$/)
  t.strictSame(others, [])
  const kept = await redis.hgetall(name)
  t.notMatch(JSON.stringify(kept), /kkk|a device/)
  const life = await redis.pttl(name)
  t.ok(life > 290_000 && life <= 300_000, `${life} ms`)
})
