import { request } from 'node:http'
import t from 'tap'
import { operatorPrefix } from '../../src/phone.ts'
import { databaseUrl } from '../database.ts'
import { build, createOutbox, gatewayOf, randomPhone, signUp, wrongCode } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { metricsUrl, sample, scrape, seriesOf } from '../scrape.ts'
import { until } from '../until.ts'

const on = { METRICS_PORT: '0' }

t.test('without METRICS_PORT no metrics are served', async (t) => {
  const { app, log } = await build(t)
  t.equal(metricsUrl(log), '')
  t.equal((await app.inject('/metrics')).statusCode, 404)
})

t.test('the metrics port serves nothing else, and closes with the app', async (t) => {
  const { app, log } = await build(t, on)
  const url = metricsUrl(log)
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  const reply = await fetch(url)
  t.match(reply.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  for (const path of ['/', '/health/live', '/api/users/me/', '/openapi.json'])
    t.equal((await fetch(new URL(path, url))).status, 404, path)
  t.equal((await fetch(url, { method: 'POST' })).status, 404)
  await app.close()
  await t.rejects(fetch(url))
})

t.test('metrics are served on METRICS_HOST', async (t) => {
  const { log } = await build(t, { ...on, HOST: '127.0.0.1', METRICS_HOST: '127.0.0.2' })
  t.match(metricsUrl(log), 'http://127.0.0.2:')
})

t.test('metrics follow a sign-in from code request to use', async (t) => {
  const { gateway, codeFor } = createOutbox()
  const smsGateways = [
    {
      ...gateway,
      send: async (message: Parameters<typeof gateway.send>[0]) => bill(await gateway.send(message))
    }
  ]
  const built = await build(t, on, { smsGateways })
  const phone = randomPhone(90)
  await built.sendOtp(phone)
  t.equal((await built.verifyOtp(phone, wrongCode(codeFor(phone)))).statusCode, 401)
  t.equal((await built.verifyOtp(phone, codeFor(phone))).statusCode, 200)
  t.equal((await built.verifyOtp(phone, codeFor(phone))).statusCode, 401)

  await until(async () => /stage="used"/.test(await scrape(built.log)))
  const metrics = await scrape(built.log)
  const of = (series: string) => sample(metrics, `citizen_auth_${series}`)
  const route = '/api/auth/verify-otp/'
  t.equal(of('http_requests_total{method="POST",route="/api/auth/send-otp/",status="200"}'), 1)
  t.equal(of(`http_requests_total{method="POST",route="${route}",status="401"}`), 2)
  t.equal(of(`http_request_duration_seconds_count{route="${route}"}`), 3)
  t.equal(of(`http_errors_total{route="${route}",code="OTP_INVALID"}`), 2)
  t.equal(of('codes_asked_total{prefix="+99890"}'), 1)
  t.equal(of('messages_total{gateway="test",prefix="+99890",stage="sent"}'), 1)
  t.equal(of('messages_total{gateway="test",prefix="+99890",stage="used"}'), 1)
  t.equal(of('message_parts_total{gateway="test"}'), 2)
  t.equal(of('message_cost_total{gateway="test"}'), 0.5)
  t.equal(of('guesses_total{verdict="wrong"}'), 1)
  t.equal(of('guesses_total{verdict="right"}'), 1)
  t.equal(of('guesses_total{verdict="void"}'), 1)
})

const bill = <Taken extends object>(taken: Taken) => ({ ...taken, parts: 2, cost: 0.5 })

t.test('a delivery report of a provider is counted by the prefix of its number', async (t) => {
  const secret = 'a-secret-in-the-path-of-the-reports'
  const callbacks = { SMS_CALLBACK_URL: 'https://auth.example.uz', SMS_CALLBACK_SECRET: secret }
  const { app, log } = await build(t, { ...on, ...callbacks })
  const report = (payload: object) =>
    app.inject({ method: 'POST', url: `/callbacks/eskiz/${secret}/`, payload })
  const phone = randomPhone(97)
  await report({ request_id: phone, phone_number: phone, status: 'DELIVRD' })
  await report({ request_id: `${phone}0`, phone_number: '+4915112345678', status: 'DELIVRD' })
  const metrics = await scrape(log)
  const delivered = (prefix: string) =>
    sample(metrics, `citizen_auth_messages_total{gateway="eskiz",prefix="${prefix}",stage="delivered"}`)
  t.equal(delivered('+99897'), 1)
  t.equal(delivered('other'), 1)
  t.match(metrics, 'route="/callbacks/:gateway/:secret/"')
  t.notMatch(metrics, secret)
})

t.test('gateway failures are counted by kind', async (t) => {
  const refuse = async () => {
    throw new Error('out of order')
  }
  const smsGateways = [gatewayOf(refuse, 'broken')]
  const { log, sendOtp } = await build(t, on, { smsGateways })
  t.equal((await sendOtp(randomPhone())).statusCode, 503)
  const failures = 'citizen_auth_gateway_failures_total{gateway="broken",kind="unavailable"}'
  t.equal(sample(await scrape(log), failures), 1)
})

t.test('requests that were shed are counted', async (t) => {
  const { app, log } = await build(t, on)
  t.intercept(app.shedding, 'refused', { value: 3 })
  t.equal(sample(await scrape(log), 'citizen_auth_http_shed_requests_total'), 3)
})

t.test('the remaining SMS and the state of the stores are reported', async (t) => {
  const { log } = await build(t, { ...on, SMS_PER_HOUR: '100', SMS_PER_DAY: '3000000' })
  const metrics = await scrape(log)
  const of = (series: string) => sample(metrics, `citizen_auth_${series}`)
  t.equal(of('sms_budget{window="hour"}'), 100)
  t.equal(of('sms_budget{window="day"}'), 3_000_000)
  const ofHour = of('sms_left{window="hour",caller="anybody"}') ?? Number.NaN
  t.ok(ofHour >= 0 && ofHour <= 100)
  t.ok((of('sms_left{window="hour",caller="stranger"}') ?? Number.NaN) <= 34)
  t.ok((of('sms_left{window="day",caller="anybody"}') ?? Number.NaN) > 2_000_000)
  t.equal(of('strict_mode_seconds'), 0)
  t.equal(of('store_up{store="postgresql"}'), 1)
  t.equal(of('store_up{store="redis"}'), 1)
})

t.test('waiting statements and hashes are reported', async (t) => {
  const { app, log } = await build(t, { ...on, DATABASE_POOL_MAX: '1', PASSWORD_HASH_CONCURRENCY: '1' })
  // Scrapes share this reading of the stores for two seconds, so the ones below need no connection.
  await scrape(log)
  const hashes = [1, 2, 3].map(() => app.passwords.verify('a password', undefined, 'known'))
  const hashing = await scrape(log)
  t.equal(sample(hashing, 'citizen_auth_password_hashes{state="running"}'), 1)
  t.ok((sample(hashing, 'citizen_auth_password_hashes{state="waiting"}') ?? 0) > 0)
  await Promise.all(hashes)

  const sleeping = app.db.execute('select pg_sleep(0.3)').then(() => {})
  const waiting = app.db.execute('select 1').then(() => {})
  const busy = await scrape(log)
  const state = (name: string) => sample(busy, `citizen_auth_database_connections{state="${name}"}`)
  t.strictSame([state('max'), state('used')], [1, 1])
  t.equal(sample(busy, 'citizen_auth_database_statements_waiting'), 1)
  await Promise.all([sleeping, waiting])
})

t.test('statements refused for lack of a connection are counted', async (t) => {
  const { app, log } = await build(t, { ...on, DATABASE_POOL_MAX: '1', DATABASE_QUEUE_MAX: '0' })
  await scrape(log)
  const sleeping = app.db.execute('select pg_sleep(0.3)').then(() => {})
  await t.rejects(async () => app.db.execute('select 1'))
  // The scrape's own statement may be refused as well.
  t.ok((sample(await scrape(log), 'citizen_auth_database_statements_refused_total') ?? 0) >= 1)
  await sleeping
})

for (const [store, setting, original] of [
  ['postgresql', 'DATABASE_URL', databaseUrl],
  ['redis', 'REDIS_URL', process.env.TEST_REDIS_URL ?? '']
] as const)
  for (const fault of ['hang', 'refuse'] as const)
    t.test(`a scrape answers while ${store} does not (${fault}), and omits only its figures`, async (t) => {
      const { hostname, port } = new URL(original)
      const proxy = await createProxy(t, hostname, Number(port))
      const { log } = await build(t, { ...on, [setting]: proxy.url(original) })
      await proxy[fault]()
      const metrics = await scrape(log)
      t.equal(sample(metrics, `citizen_auth_store_up{store="${store}"}`), 0)
      const left = sample(metrics, 'citizen_auth_sms_left{window="day",caller="anybody"}')
      t.equal(left === undefined, store === 'redis')
      t.equal(sample(metrics, 'citizen_auth_strict_mode_seconds') === undefined, store === 'redis')
      t.equal(sample(metrics, 'citizen_auth_password_hashes{state="running"}'), 0)
    })

t.test('parallel scrapes share one reading of the stores', async (t) => {
  const { app, log } = await build(t, on)
  const left = t.capture(app.guard, 'left', app.guard.left)
  await Promise.all([1, 2, 3].map(() => scrape(log)))
  t.equal(left().length, 1)
})

/** More series than all routes, statuses, prefixes and gateways need: strangers must not exceed it. */
const MOST_SERIES = 500

t.test('strangers cannot inflate the number of series', async (t) => {
  const { app, log, sendOtp } = await build(t, on)
  const { hostname, port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  /** Methods that Node knows and light-my-request does not. */
  const raw = (method: string, path: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ hostname, port, method, path }, (reply) => reply.resume().on('end', resolve))
      sent.on('error', reject).end()
    })
  for (let round = 0; round < 30; round++) {
    const word = Math.random().toString(36).slice(2)
    await app.inject(`/${word}/${round}?${word}=1`)
    await app.inject(`/api/auth/${word}/`)
    await app.inject({ method: 'POST', url: `/callbacks/${word}/${word}${word}/`, payload: { status: word } })
    await app.inject({ method: 'DELETE', url: `/api/auth/sessions/${word}/` })
    await sendOtp(`+${round}${randomPhone().slice(1)}`)
    await app.inject({ method: 'PATCH', url: '/api/users/profile/', headers: { authorization: word } })
  }
  for (const method of ['PURGE', 'MKCOL', 'LOCK', 'SEARCH', 'PROPFIND', 'M-SEARCH', 'UNLINK', 'REPORT'])
    for (const path of ['/api/users/me/', '/nowhere']) await raw(method, path)
  const operators = Array.from({ length: 100 }, (_, code) => randomPhone(code))
  for (const phone of operators) await sendOtp(phone)
  const series = seriesOf(await scrape(log))
  t.ok(series.length < MOST_SERIES, `${series.length} series`)
  const prefixes = series.filter((line) => line.startsWith('citizen_auth_codes_asked_total'))
  t.ok(prefixes.length <= 19, `${prefixes.length} prefixes`)
  const unknown = new Set(operators.map(operatorPrefix).filter((prefix) => /\+998(6|79)/.test(prefix)))
  for (const prefix of unknown) t.notMatch(series.join('\n'), prefix)
  t.match(series.join('\n'), 'citizen_auth_http_requests_total{method="other",route="other",status="404"}')
})

t.test('no number, code, token or secret is in the metrics', async (t) => {
  const built = await build(t, {
    ...on,
    SMS_CALLBACK_URL: 'https://a.uz',
    SMS_CALLBACK_SECRET: 'x'.repeat(32)
  })
  const { phone, access, refresh, deviceToken = '' } = await signUp(built)
  const code = built.outbox.codeFor(phone)
  await built.me(access)
  await built.refresh(refresh)
  await built.app.inject(`/dev/inbox?phone_number=${encodeURIComponent(phone)}`)
  await built.app.inject({ method: 'POST', url: `/callbacks/eskiz/${'x'.repeat(32)}/`, payload: {} })
  const metrics = await scrape(built.log)
  t.match(metrics, 'verdict="right"')
  const labels = seriesOf(metrics)
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .join('\n')
  for (const secret of [phone, phone.slice(4), access, refresh, deviceToken, built.address, 'x'.repeat(32)])
    t.notOk(labels.includes(secret))
  t.notOk(labels.includes(`"${code}"`))
})

withRedis('a Redis that answers but takes no write is not up', async (t) => {
  const { url, client } = await createRedisProcess(t)
  const { log } = await build(t, { ...on, REDIS_URL: url, REDIS_CLUSTER: 'false' })
  t.equal(sample(await scrape(log), 'citizen_auth_store_up{store="redis"}'), 1)
  await client.replicaof('127.0.0.1', 1)
  const { log: later } = await build(t, { ...on, REDIS_URL: url, REDIS_CLUSTER: 'false' })
  const metrics = await scrape(later)
  t.equal(sample(metrics, 'citizen_auth_store_up{store="redis"}'), 0)
  const left = sample(metrics, 'citizen_auth_sms_left{window="day",caller="anybody"}')
  t.equal(left, undefined, 'nor are its figures shown, which may be old')
})
