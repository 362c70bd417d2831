// Alone in its process: nobody else may use the number of its walk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/find-redis.ts'
import { users } from '../../src/db/schema.ts'
import { databaseUrl, db } from '../database.ts'
import { environment, randomPhone } from '../helper.ts'

/** `npm run dev -- …` on this port, with the stores of this test process; ended with the test. */
function dev(t: Test, port: number, ...argv: string[]) {
  const { NODE_ENV: _, JWT_SECRET: __, ...rest } = environment
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    // tsx compiles each file to one line, which coverage cannot map.
    _TAPJS_PROCESSINFO_COVERAGE_: '0',
    ...rest,
    DATABASE_URL: databaseUrl,
    PORT: `${port}`
  }
  const child = spawn('npm', ['run', '--silent', 'dev', '--', ...argv], { env, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      child.emit('said')
    })
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code)
  t.teardown(async () => {
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGTERM')
    await ended
  })
  return {
    ended,
    output: () => output,
    async greeted() {
      while (!output.includes('Demo staff')) {
        const code = await Promise.race([once(child, 'said').then(() => undefined), ended])
        if (code !== undefined) throw new Error(`it ended with ${code} and said: ${output}`)
      }
    }
  }
}

/** The text without what changes from run to run. */
function alike(printed: string): string {
  return printed
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/127\.0\.0\.1:\d+/g, '<host>')
    .replace(/(kodi: |"code":")\d+/g, '$1<code>')
    .replace(/("(?:device_token|password|x|y|kid)":")[^"]+/g, '$1<text>')
    .trim()
}

/** The calls and answers that a page shows. */
function shownIn(page: string): string {
  const [, shown] = /<!-- walk -->\n```\n(.*?)```/s.exec(readFileSync(page, 'utf8')) ?? []
  if (!shown) throw new Error(`${page} shows no walk`)
  return shown
}

t.test('the walk succeeds and prints what docs/walk.md and the README show', async (t) => {
  const port = await freePort()
  await dev(t, port).greeted()
  const walk = spawn('bash', ['scripts/walk.sh'], {
    env: { ...process.env, API: `http://127.0.0.1:${port}` }
  })
  const [printed, problems, [code]] = await Promise.all([
    text(walk.stdout),
    text(walk.stderr),
    once(walk, 'close')
  ])
  t.strictSame({ code, problems }, { code: 0, problems: '' }, printed)
  t.equal(alike(shownIn('docs/walk.md')), alike(printed))
  t.ok(alike(printed).includes(alike(shownIn('README.md'))), 'the README shows a part of it')
})

t.test('npm run dev on a taken port says so and exits without a banner or a password', async (t) => {
  const other = createServer((socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  }).listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { ended, output } = dev(t, port)
  t.equal(await ended, 1)
  t.match(output(), `127.0.0.1:${port} is already in use; choose another port with PORT=`)
  t.notMatch(output(), /Demo staff|password/)
})

t.test('a second npm run dev reports the running one, or seeds there what it is told', async (t) => {
  const port = await freePort()
  const [phone, other] = [randomPhone(), randomPhone()]
  const first = dev(t, port, '--phone', phone, '--staff')
  await first.greeted()
  t.match(first.output(), `Citizen        ${phone}   code 1111   Aziza Karimova`)
  const [, staff = '', password = ''] = /Second staff {3}(\S+) {3}password (\S+)/.exec(first.output()) ?? []
  const login = await fetch(`http://127.0.0.1:${port}/api/auth/staff-login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone_number: staff, password })
  })
  t.equal(login.status, 200)

  const second = dev(t, await freePort())
  t.equal(await second.ended, 1)
  t.match(second.output(), `npm run dev runs already, in another terminal: http://127.0.0.1:${port}\n`)
  t.notMatch(second.output(), /password|Error|\bat /)

  const seeding = dev(t, await freePort(), '--phone', other, '--staff')
  t.equal(await seeding.ended, 0)
  t.match(seeding.output(), `Second staff   ${staff}   password ${password}`)
  t.match(seeding.output(), `Citizen        ${other}   code 1111   Aziza Karimova`)
})

t.test('npm run dev with invalid arguments starts nothing', async (t) => {
  for (const [phone, sentence] of [
    ['foo', /'foo' is invalid/],
    ['+998900000001', /is the number of a demo clerk/]
  ] as const) {
    const { ended, output } = dev(t, await freePort(), '--phone', phone)
    t.equal(await ended, 2)
    t.match(output(), sentence)
    t.notMatch(output(), /Demo staff|\bat /)
  }
})

t.test('npm run dev that cannot seed says why and exits', async (t) => {
  const phone = randomPhone()
  await db.insert(users).values({ phoneNumber: phone, isActive: false })
  const { ended, output } = dev(t, await freePort(), '--phone', phone)
  t.equal(await ended, 1)
  t.match(output(), `${phone} cannot be seeded: `)
  t.notMatch(output(), /Demo staff/)
})
