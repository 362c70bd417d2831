import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { sessions } from '../../src/db/schema.ts'
import { databaseUrl, db } from '../database.ts'
import { claimsOf, randomPhone, wrongCode } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { expiredSignIn, openApp, serve, sharedStore } from './live.ts'

const REFRESH = '/api/auth/refresh/'
const me = (app: ReturnType<typeof openApp>) => app.api.GET('/api/users/me/')
const meTimes = (app: ReturnType<typeof openApp>, times: number) =>
  Promise.all(Array.from({ length: times }, () => me(app)))

t.test(
  'a citizen signs in with an SMS code, makes calls and signs out; the device stays known',
  async (t) => {
    const service = await serve(t)
    const store = sharedStore()
    const app = openApp(service, store)
    const phone = randomPhone()
    t.match(await app.askForCode(phone), { data: { phone_number: phone, code_length: 4 } })
    const code = service.outbox.codeFor(phone)
    t.match(await app.signIn(phone, wrongCode(code)), { error: { code: 'OTP_INVALID', attempts_left: 4 } })
    t.match(await app.signIn(phone, code), { data: { is_new_user: true } })
    t.match(await me(app), { data: { role: 'citizen', phone_number: phone } })
    const body = { full_name: 'Aziz Karimov' }
    t.match(await app.api.PATCH('/api/users/profile/', { body }), {
      data: { ...body, profile_complete: true }
    })

    const { tokens, device_token } = store.kept
    await app.signOut()
    t.equal(app.ends.count, 1)
    t.strictSame(store.kept, { device_token })
    t.match((await service.me(tokens?.access ?? '')).json(), { code: 'SESSION_ENDED' })
    t.match(await me(app), { error: { code: 'TOKEN_MISSING' } })

    await app.askForCode(phone)
    t.match(await app.signIn(phone, service.outbox.codeFor(phone)), { data: { is_new_user: false } })
    t.equal(store.kept.device_token, device_token, 'the same device')
  }
)

t.test('a sign-in by an app reviewer gives no device token and keeps the stored one', async (t) => {
  const phone = randomPhone()
  const service = await serve(t, { TEST_NUMBERS: `${phone}:314159:2099-12-31` })
  const store = sharedStore()
  await store.write({ device_token: 'kept' })
  t.match(await openApp(service, store).signIn(phone, '314159'), { data: { role: 'citizen' } })
  t.match(store.kept, { tokens: { access: /^ey/ }, device_token: 'kept' })
})

t.test('a code request whose reply is lost is retried, and one SMS is sent', async (t) => {
  const service = await serve(t)
  const phone = randomPhone()
  service.proxy.cutReplyWith('resend_in')
  t.match(await openApp(service).askForCode(phone), { data: { phone_number: phone } })
  t.equal(service.outbox.textsTo(phone).length, 1)
})

t.test('a call whose access token has expired is repeated with a new token and its body', async (t) => {
  const { service, store, expired } = await expiredSignIn(t)
  const body = { full_name: 'Aziz Karimov' }
  t.match(await openApp(service, store).api.PATCH('/api/users/profile/', { body }), { data: body })
  t.not(store.kept.tokens?.access, expired?.access)
  t.type(store.kept.device_token, 'string')
})

t.test('twenty calls after expiry make one refresh', async (t) => {
  const { service, store, phone } = await expiredSignIn(t)
  for (const { data } of await meTimes(openApp(service, store), 20)) t.match(data, { phone_number: phone })
  t.equal(service.countOf(REFRESH), 1)
})

t.test('two tabs that share a store make one refresh', async (t) => {
  const { service, store, phone } = await expiredSignIn(t)
  const tabs = [openApp(service, store), openApp(service, store)]
  const replies = await Promise.all(tabs.map((tab) => meTimes(tab, 10)))
  for (const { data } of replies.flat()) t.match(data, { phone_number: phone })
  t.equal(service.countOf(REFRESH), 1)
  t.equal(claimsOf(store.kept.tokens?.refresh ?? '').generation, 1)
})

t.test('two tabs without a lock both refresh and stay signed in', async (t) => {
  const { service, store, phone } = await expiredSignIn(t)
  const unlocked = { ...store, alone: <Result>(task: () => Promise<Result>) => task() }
  const tabs = [openApp(service, unlocked), openApp(service, unlocked)]
  for (const { data } of await Promise.all(tabs.map(me))) t.match(data, { phone_number: phone })
  t.equal(service.countOf(REFRESH), 2)
  t.equal(claimsOf(store.kept.tokens?.refresh ?? '').generation, 1, 'with the same tokens')
})

t.test('a refresh whose reply is lost is retried, unnoticed by the calls', async (t) => {
  const { service, store, phone } = await expiredSignIn(t)
  service.proxy.cutReplyWith('"refresh":"')
  for (const { data } of await meTimes(openApp(service, store), 5)) t.match(data, { phone_number: phone })
  t.equal(service.countOf(REFRESH), 2)
})

t.test('calls fail without a network and work once it is back, signing nobody out', async (t) => {
  const { service, store, phone } = await expiredSignIn(t)
  const app = openApp(service, store)
  await service.proxy.refuse()
  await t.rejects(me(app), TypeError)
  await service.proxy.forward()
  t.match(await me(app), { data: { phone_number: phone } })
  t.equal(app.ends.count, 0)
})

t.test('a phone that lost a refresh reply and slept a day stays signed in', async (t) => {
  const { service, store, phone, expired } = await expiredSignIn(t, { REFRESH_GRACE_SECONDS: '0' })
  // The app was closed before it could store the pair or retry.
  t.equal((await service.refresh(expired?.refresh ?? '')).statusCode, 200)
  await db
    .update(sessions)
    .set({ refreshedAt: new Date(Date.now() - 86_400_000) })
    .where(eq(sessions.id, claimsOf(expired?.refresh ?? '').sid))
  const app = openApp(service, store)
  for (const { data } of await meTimes(app, 3)) t.match(data, { phone_number: phone })
  t.equal(app.ends.count, 0)
  t.match(
    (await service.refresh(store.kept.tokens?.refresh ?? '')).statusCode,
    200,
    'its refresh token works'
  )
})

t.test('an app whose session was ended elsewhere is told once and keeps its device token', async (t) => {
  const service = await serve(t)
  const store = sharedStore()
  const app = openApp(service, store)
  const phone = randomPhone()
  await app.askForCode(phone)
  await app.signIn(phone, service.outbox.codeFor(phone))
  const other = openApp(service, store)
  await service.endSession(store.kept.tokens?.access ?? '', claimsOf(store.kept.tokens?.access ?? '').sid)
  for (const { error } of await meTimes(app, 5)) t.equal(error?.code, 'SESSION_ENDED')
  t.equal(app.ends.count, 1)
  t.strictSame(Object.keys(store.kept), ['device_token'])
  t.match(await me(other), { error: { code: 'TOKEN_MISSING' } })
  t.equal(other.ends.count, 1, 'the other tab is told when it calls')
})

t.test('a sign-out during a refresh takes effect', async (t) => {
  const { service, store, expired } = await expiredSignIn(t)
  const refreshing = new EventEmitter()
  const alone: typeof store.alone = (task) => {
    refreshing.emit('began')
    return store.alone(task)
  }
  const app = openApp(service, { ...store, alone })
  const call = me(app)
  await once(refreshing, 'began')
  await Promise.all([app.signOut(), call])
  t.notOk(store.kept.tokens)
  t.ok(app.ends.count > 0)
  t.match((await service.refresh(expired?.refresh ?? '')).json(), { code: 'SESSION_ENDED' })
})

t.test('an app whose refresh is refused for good is told once', async (t) => {
  const { service, store, expired } = await expiredSignIn(t)
  await service.logout(expired?.refresh ?? '')
  const app = openApp(service, store)
  for (const { error } of await meTimes(app, 5)) t.equal(error?.code, 'SESSION_ENDED')
  t.equal(app.ends.count, 1)
  t.equal(service.countOf(REFRESH), 1)
})

t.test('a sign-in that another tab made meanwhile is not lost', async (t) => {
  const service = await serve(t)
  const store = sharedStore()
  const [slow, quick] = [openApp(service, store), openApp(service, store)]
  const phone = randomPhone()
  await quick.askForCode(phone)
  service.proxy.hang()
  const call = me(slow)
  const code = service.outbox.codeFor(phone)
  const { access, refresh } = (await service.verifyOtp(phone, code)).json()
  await store.write({ tokens: { access, refresh } })
  await service.proxy.forward()
  t.match(await call, { error: { code: 'TOKEN_MISSING' } })
  t.equal(slow.ends.count, 0)
  t.match(await me(slow), { data: { phone_number: phone } })
})

t.test('calls during an outage get a 503 and sign nobody out', async (t) => {
  const { store, phone, expired } = await expiredSignIn(t)
  const { hostname, port } = new URL(databaseUrl)
  const network = await createProxy(t, hostname, Number(port || 5432))
  const service = await serve(t, { DATABASE_URL: network.url(databaseUrl) })
  const app = openApp(service, store)
  // To know what has expired, it must have read the clock of the database.
  await service.me(expired?.access ?? '')
  await network.refuse()
  for (const { error } of await meTimes(app, 3)) t.match(error, { statusCode: 503, retry_after: 1 })
  t.equal(service.countOf(REFRESH), 1)
  await network.forward()
  t.match(await me(app), { data: { phone_number: phone } })
  t.equal(app.ends.count, 0)
})

/** A server where every access token has expired, and `refresh` answers each refresh. */
async function behind(t: Test, refresh: (reply: ServerResponse) => unknown): Promise<{ baseUrl: string }> {
  const between = createServer((request, reply) => {
    if (request.url === REFRESH) refresh(reply)
    else reply.writeHead(401).end('{"code":"TOKEN_EXPIRED"}')
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  t.teardown(() => between.close())
  return { baseUrl: `http://127.0.0.1:${(between.address() as AddressInfo).port}` }
}

for (const status of [401, 502])
  t.test(`an intermediary that answers a refresh with a bare ${status} signs nobody out`, async (t) => {
    const { store, expired } = await expiredSignIn(t)
    const app = openApp(await behind(t, (reply) => reply.writeHead(status).end()), store)
    for (const { response } of await meTimes(app, 3)) t.equal(response.status, status)
    t.equal(app.ends.count, 0)
    t.strictSame(store.kept.tokens, expired)
  })

t.test('a late refresh does not undo a sign-out, even without a lock', async (t) => {
  const { store } = await expiredSignIn(t)
  const refreshing = new EventEmitter()
  const place = await behind(t, (reply) => refreshing.emit('began', reply))
  const app = openApp(place, { ...store, alone: (task) => task() })
  const call = me(app)
  const [reply] = await once(refreshing, 'began')
  await app.signOut()
  reply.writeHead(200, { 'content-type': 'application/json' }).end('{"access":"late","refresh":"late"}')
  await call
  t.notOk(store.kept.tokens)
})
