import { once } from 'node:events'
import { type AddressInfo, connect as openSocket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import errorHandler from '../../src/plugins/error-handler.ts'
import timeLimit from '../../src/plugins/time-limit.ts'
import { databaseUrl, isEmbedded } from '../database.ts'
import { build, randomPhone, signUp } from '../helper.ts'
import { until } from '../until.ts'

const LIMIT_MS = 700

/** The app behind a real port: `inject` hides what happens after a body was read. */
async function listen(t: Test, changes: Record<string, string> = {}) {
  const built = await build(t, { HANDLER_TIMEOUT_MS: String(LIMIT_MS), ...changes })
  const origin = await built.app.listen({ host: '127.0.0.1', port: 0 })
  const call = async (method: string, path: string, body?: object, token?: string) => {
    const startedAt = performance.now()
    const reply = await fetch(`${origin}/api${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` })
      },
      ...(body && { body: JSON.stringify(body) })
    })
    const text = await reply.text()
    const seconds = (performance.now() - startedAt) / 1_000
    return { status: reply.status, retryAfter: reply.headers.get('retry-after'), text, seconds }
  }
  return { ...built, origin, call }
}

/** Locks the users table exclusively. Returns a function that releases it. */
async function lockUsers(t: Test) {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const lock = await client.reserve()
  await lock`begin`
  await lock`lock table users in access exclusive mode`
  const release = async () => {
    await lock`rollback`
    lock.release()
  }
  t.teardown(() => client.end({ timeout: 0 }))
  return release
}

t.test('the limit ends a call with a body that waits for PostgreSQL, and its code stays valid', async (t) => {
  if (isEmbedded) return
  const { call, outbox } = await listen(t)
  const phones = Array.from({ length: 30 }, randomPhone)
  for (const phone of phones) await call('POST', '/auth/send-otp/', { phone_number: phone })
  const verify = (phone: string) =>
    call('POST', '/auth/verify-otp/', { phone_number: phone, code: outbox.codeFor(phone) })

  const release = await lockUsers(t)
  for (const reply of await Promise.all(phones.map(verify))) {
    t.match(reply, { status: 503, retryAfter: '1' })
    t.ok(reply.seconds < (LIMIT_MS + 1_500) / 1_000, `${reply.seconds} s`)
  }
  await release()
  for (const phone of phones) t.match((await verify(phone)).text, '"is_new_user":true')
})

t.test('the limit holds for every call, with or without a body', async (t) => {
  if (isEmbedded) return
  const built = await listen(t)
  const { access, refresh } = await signUp(built)
  const phone_number = randomPhone()
  const release = await lockUsers(t)
  const calls = [
    built.call('POST', '/auth/send-otp/', { phone_number }),
    built.call('POST', '/auth/verify-otp/', { phone_number, code: '1234' }),
    built.call('POST', '/auth/staff-login/', { phone_number, password: 'some password' }),
    built.call('POST', '/auth/refresh/', { refresh }),
    built.call('PATCH', '/users/profile/', { full_name: 'Ali' }, access),
    built.call('POST', '/users/phone/', { phone_number }, access),
    built.call('POST', '/users/phone/verify/', { phone_number, code: '1234' }, access),
    built.call('GET', '/users/me/', undefined, access),
    built.call('GET', '/auth/sessions/', undefined, access),
    built.call('DELETE', '/users/me/', undefined, access)
  ]
  for (const reply of await Promise.all(calls)) {
    t.match(reply, { status: 503, retryAfter: '1' }, reply.text)
    t.ok(reply.seconds < (LIMIT_MS + 1_500) / 1_000, `${reply.seconds} s`)
  }
  await release()
  t.equal((await built.call('GET', '/users/me/', undefined, access)).status, 200)
})

t.test('no SMS is sent while its code could not sign in', async (t) => {
  if (isEmbedded) return
  const { call, outbox } = await listen(t)
  const release = await lockUsers(t)
  const phone = randomPhone()
  const ask = () => call('POST', '/auth/send-otp/', { phone_number: phone })
  for (const reply of await Promise.all([ask(), ask(), ask()])) t.equal(reply.status, 503)
  t.strictSame(outbox.textsTo(phone), [])
  await release()
  t.equal((await ask()).status, 200, 'and nothing was counted')
})

t.test('a read-only database costs no SMS and burns no code', async (t) => {
  if (isEmbedded) return
  const { call, outbox, app } = await listen(t, { DATABASE_POOL_MAX: '1' })
  const readOnly = (value: string) => app.db.execute(`set default_transaction_read_only = ${value}`)
  const [phone, other] = [randomPhone(), randomPhone()]
  await call('POST', '/auth/send-otp/', { phone_number: phone })
  const verify = () => call('POST', '/auth/verify-otp/', { phone_number: phone, code: outbox.codeFor(phone) })
  const judged = t.capture(app.otp, 'validate', app.otp.validate)
  await readOnly('on')
  t.equal((await verify()).status, 503)
  t.equal(judged().length, 0, 'it was not even judged')
  t.equal((await call('POST', '/auth/send-otp/', { phone_number: other })).status, 503)
  t.strictSame(outbox.textsTo(other), [])
  await readOnly('off')
  t.equal((await verify()).status, 200)
})

t.test('the time a slow client takes to send its body does not count', async (t) => {
  const { app } = await listen(t, { HANDLER_TIMEOUT_MS: '300' })
  const body = JSON.stringify({ phone_number: randomPhone() })
  const socket = openSocket((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(
    `POST /api/auth/send-otp/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  )
  socket.write(body.slice(0, 10))
  await wait(600)
  socket.write(body.slice(10))
  const [reply] = await once(socket, 'data')
  t.match(String(reply), 'HTTP/1.1 200')
})

t.test('anything a request counts after its reply is refunded at once, and the request ends', async (t) => {
  const app = Fastify().register(errorHandler).register(timeLimit, { handlerTimeoutMs: 50 })
  t.teardown(() => app.close())
  const steps: string[] = []
  let error: unknown
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  app.register(async (scope) => {
    scope.post('/', async (request) => {
      await request.undoOnFailure(async () => steps.push('first given back'))
      const forget = await request.undoOnFailure(async () => steps.push('never given back'))
      forget()
      await answered
      await request
        .undoOnFailure(async () => steps.push('second given back'))
        .catch((refused) => {
          error = refused
        })
    })
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(origin, { method: 'POST', headers, body: '{}' })
  t.equal(reply.status, 503)
  t.strictSame(steps, ['first given back'])
  answer()
  await until(() => error !== undefined)
  t.strictSame(steps, ['first given back', 'second given back'])
  t.match(error, { statusCode: 503 })
})
