import t, { type Test } from 'tap'
import { databaseUrl } from '../database.ts'
import { build, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { createCollector, said } from '../telemetry/collector.ts'

const SECRET = 'a-secret-in-the-path-of-the-reports'

/** An app that exports JSON to a collector, which has all spans once the app has closed. */
async function traced(t: Test, changes = {}) {
  const collector = await createCollector(t)
  const traces = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json'
  }
  return { collector, ...(await build(t, { ...traces, ...changes })) }
}

t.test('a request is a span with its Redis steps and SQL statements below it', async (t) => {
  const { app, collector, ...calls } = await traced(t)
  await signUp({ app, ...calls })
  await app.close()
  t.match(collector.resources().map(said), [{ 'service.name': 'citizen-auth' }])
  const spans = collector.spans()
  const request = spans.find(({ name }) => name === 'POST /api/auth/verify-otp/')
  if (!request) throw new Error('no span of the sign-in')
  t.match(said(request), {
    'http.request.method': 'POST',
    'http.route': '/api/auth/verify-otp/',
    'url.path': '/api/auth/verify-otp/',
    'http.response.status_code': 200
  })
  const below = (id: string) => spans.filter(({ parentSpanId }) => parentSpanId === id)
  const [handler] = below(request.spanId)
  t.equal(handler?.name, 'handler')
  const work = below(handler?.spanId ?? '')
  const names = work.map(({ name }) => name)
  for (const name of ['redis address-take', 'redis otp-validate']) t.ok(names.includes(name), name)
  const statements = work.filter((span) => said(span)['db.system.name'] === 'postgresql')
  t.match(statements.map((span) => said(span)['db.query.text']).join('\n'), /insert into .*\$1/s)
})

t.test('no number, code, token, secret or parameter is in the traces', async (t) => {
  const callbacks = { SMS_CALLBACK_URL: 'https://auth.example.uz', SMS_CALLBACK_SECRET: SECRET }
  const { app, collector, ...calls } = await traced(t, callbacks)
  const { phone, access, refresh, deviceToken = '' } = await signUp({ app, ...calls })
  const code = calls.outbox.codeFor(phone)
  await calls.me(access)
  await calls.patchProfile(access, { full_name: 'Gulnora Karimova' })
  await calls.refresh(refresh)
  await calls.listSessions(access)
  const payload = { request_id: phone, phone_number: phone, status: 'DELIVRD' }
  await app.inject({ method: 'POST', url: `/callbacks/eskiz/${SECRET}/?to=${phone}`, payload })
  await app.inject(`/nowhere/${phone}?code=${code}`)
  await app.close()
  const text = collector.text()
  t.match(text, '/callbacks/:gateway/:secret/')
  t.match(text, 'GET unknown')
  for (const secret of [
    phone,
    phone.slice(4),
    access,
    refresh,
    deviceToken,
    SECRET,
    'Gulnora',
    calls.address
  ])
    t.notOk(text.includes(secret), secret.slice(0, 4))
  const values = collector.spans().flatMap((span) => Object.values(said(span)).map(String))
  t.notOk(values.includes(code))
})

t.test('failures have a code and no message, which might quote a number', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const { app, collector, staffLogin } = await traced(t, { DATABASE_URL: proxy.url(databaseUrl) })
  await proxy.refuse()
  const phone = randomPhone()
  t.equal((await staffLogin(phone, 'a password')).statusCode, 503)
  await app.close()
  const spans = collector.spans()
  const request = spans.find(({ name }) => name === 'POST /api/auth/staff-login/')
  t.match(request && said(request), { 'error.type': 'SERVICE_UNAVAILABLE', 'http.response.status_code': 503 })
  t.ok(
    spans.some(({ name, status }) => name.startsWith('postgresql') && JSON.stringify(status) === '{"code":2}')
  )
  for (const { status } of spans) t.notOk('message' in status)
  t.notMatch(collector.text(), phone.slice(4))
})

t.test('traces are sent as protobuf by default', async (t) => {
  const { app, collector } = await traced(t, { OTEL_EXPORTER_OTLP_PROTOCOL: '' })
  await app.inject('/health/live')
  await app.close()
  t.strictSame(collector.types(), ['application/x-protobuf'])
  t.match(collector.text(), 'GET /health/live')
})

t.test('an unreachable collector costs a log line, and does not keep the service from closing', async (t) => {
  const { app, log } = await build(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const asked = performance.now()
  await app.close()
  t.ok(performance.now() - asked < 8_000)
  t.ok(log.some((line) => JSON.parse(line).event === 'traces_lost'))
})

t.test('without a collector no request has a span', async (t) => {
  const { app } = await build(t)
  t.notOk(app.hasRequestDecorator('opentelemetry'))
})
