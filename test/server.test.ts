import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../src/config/settings.ts'
import { environment, randomPhone } from './helper.ts'
import { start } from './process.ts'
import { until } from './until.ts'

const serve = (t: Test, changes: Environment = {}) =>
  start(t, 'src/server.ts', [], { ...environment, ...changes })

t.test('bad settings stop the start; all are named, and no value is shown', async (t) => {
  const bad = { PORT: 'eighty', JWT_SECRET: 'a short one', REDIS_URL: 'http://redis:hush@host' }
  const { code, stdout, stderr } = await serve(t, { ...bad, OTP_SECRET: '' }).ended
  t.equal(code, 1)
  t.equal(stdout, '')
  for (const name of [...Object.keys(bad), 'OTP_SECRET']) t.match(stderr, `${name} `)
  t.notMatch(stderr, /eighty|a short one|hush/)
})

t.test('production does not start with DEBUG or the mock gateway', async (t) => {
  const production = { NODE_ENV: 'production', SMS_GATEWAYS: 'mock', DEBUG: 'true' }
  const { code, stdout, stderr } = await serve(t, production).ended
  t.strictSame({ code, stdout }, { code: 1, stdout: '' })
  t.match(stderr, /DEBUG must not be true with NODE_ENV=production/)
  t.match(stderr, /SMS_GATEWAYS must not name mock with NODE_ENV=production/)
})

t.test('an unusable key file stops the start with one line that names it and shows no key', async (t) => {
  const folder = t.testdir({ empty: '', broken: '{"keys":[{"kty":"EC","d":"c2VjcmV0"' })
  const [missing, empty, broken] = await Promise.all(
    ['missing', 'empty', 'broken'].map(
      (name) => serve(t, { JWT_SECRET: undefined, JWT_KEYS: `${folder}/${name}` }).ended
    )
  )
  const line = (says: string) => ({
    code: 1,
    stderr: new RegExp(`^citizen-auth cannot start\\. The.* ${says}.*\n$`)
  })
  t.match(missing, line(`no key file ${folder}/missing`))
  t.match(empty, line(`key file ${folder}/empty cannot be used: it is empty`))
  t.match(broken, line(`key file ${folder}/broken cannot be used: it is not JSON`))
  t.notMatch(JSON.stringify(broken), 'c2VjcmV0')
})

t.test('the server starts with good settings and exits within 5 s of SIGTERM', async (t) => {
  const { child, ended, said } = serve(t)
  const url = await said(/Server listening at ([^"]+)"/)
  for (const health of ['live', 'ready']) {
    t.equal((await fetch(`${url}/health/${health}`)).status, 200, health)
  }
  const asked = performance.now()
  child.kill('SIGTERM')
  t.match(await ended, { code: 0, stderr: '' })
  t.ok(performance.now() - asked < 5_000)
})

t.test('on SIGTERM pending requests are answered, and open connections do not delay the exit', async (t) => {
  const { child, ended, said } = serve(t, { DEBUG: 'true', NODE_ENV: 'development' })
  const { hostname, port } = new URL(await said(/Server listening at ([^"]+)"/))
  const open = async () => {
    const socket = connect(Number(port), hostname)
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const heard = async (socket: Socket) => String((await once(socket, 'data'))[0])
  const [idle, used, slow] = [await open(), await open(), await open()]
  used.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await heard(used), 'HTTP/1.1 200')
  const body = JSON.stringify({ phone_number: randomPhone() })
  const head = `POST /api/auth/send-otp/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  slow.write(head + body.slice(0, 5))
  await setTimeout(100)

  const asked = performance.now()
  child.kill('SIGTERM')
  await once(used, 'close')
  slow.write(body.slice(5))
  const reply = await heard(slow)
  t.match(reply, 'HTTP/1.1 200')
  t.match(reply.toLowerCase(), 'connection: close')
  t.match(await ended, { code: 0 })
  t.ok(performance.now() - asked < 3_000, `${performance.now() - asked} ms`)
  t.ok(idle.destroyed || (await once(idle, 'close')))
})

t.test(
  'on SIGTERM the server is unready at once and keeps serving while load balancers notice',
  async (t) => {
    const { child, ended, said } = serve(t, { DRAIN_SECONDS: '1' })
    const url = await said(/Server listening at ([^"]+)"/)
    t.equal((await fetch(`${url}/health/ready`)).status, 200)
    child.kill('SIGTERM')
    await until(async () => (await fetch(`${url}/health/ready`)).status === 503)
    const reply = await fetch(`${url}/`)
    t.strictSame([reply.status, reply.headers.get('connection')], [200, 'close'])
    t.match(await ended, { code: 0 })
  }
)

t.test('Ctrl-C or a second SIGTERM does not wait for load balancers', async (t) => {
  for (const signals of [['SIGINT'], ['SIGTERM', 'SIGTERM']] as const) {
    const { child, ended, said } = serve(t, { DRAIN_SECONDS: '300' })
    const url = await said(/Server listening at ([^"]+)"/)
    for (const [place, signal] of signals.entries()) {
      if (place > 0) await until(async () => (await fetch(`${url}/health/ready`)).status === 503)
      child.kill(signal)
    }
    t.match(await ended, { code: signals.length - 1 })
  }
})

t.test('an uncaught error is logged, and the process exits with 1', async (t) => {
  const bug = 'data:text/javascript,process.once("SIGUSR2",()=>{throw/**/new/**/Error("nobody-caught-this")})'
  const { child, ended, said } = serve(t, { NODE_OPTIONS: `--import=${bug.replaceAll('"', "'")}` })
  await said(/Server listening/)
  child.kill('SIGUSR2')
  const { code, stdout } = await ended
  t.equal(code, 1)
  t.match(stdout, /"level":60.*nobody-caught-this.*closing after an error/)
})

t.test('a missing Redis or a taken port stops the start with one line naming it', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const [redis, taken] = await Promise.all([
    serve(t, { REDIS_URL: 'redis://127.0.0.1:1' }).ended,
    serve(t, { PORT: String(port) }).ended
  ])
  t.match(redis, {
    code: 1,
    stdout: '',
    stderr: /^citizen-auth cannot start\. Redis does not answer at 127\.0\.0\.1:1 \(REDIS_URL\)\.\n$/
  })
  t.match(taken, {
    code: 1,
    stderr:
      /^citizen-auth cannot start\. .*already in use; choose another port with PORT= or METRICS_PORT=\.\n$/
  })
  t.match(taken.stderr, `127.0.0.1:${port}`)
})
