import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build as bundle } from 'esbuild'
import type { BrowserContext } from 'playwright-core'
import t, { type Test } from 'tap'
import { serve } from '../examples/live.ts'
import { claimsOf, randomPhone } from '../helper.ts'
import { createStaff } from '../staff.ts'
import { until } from '../until.ts'
import { openChromium, skip } from './chromium.ts'

/** The script that a page built from these examples would load. */
const SCRIPT = `
  import { browserStore, codeFromSms } from './citizen-app/browser.ts'
  import { createCitizen } from './citizen-app/citizen.ts'
  import { createDashboard } from './dashboard/dashboard.ts'
  let ends = 0
  const onSignedOut = () => ends++
  const citizen = (baseUrl) => createCitizen({ baseUrl, store: browserStore(), onSignedOut })
  const dashboard = (baseUrl) => createDashboard({ baseUrl, keeper: sessionStorage, onSignedOut })
  const meTimes = ({ api }, times) => Promise.all(Array.from({ length: times }, async () => {
    const { data, error } = await api.GET('/api/users/me/')
    return data?.phone_number ?? error.code
  }))
  Object.assign(globalThis, { citizen, dashboard, meTimes, codeFromSms, ends: () => ends })
`

/** Tabs of one browser, on a page whose origin is not that of the service. */
async function openTabs(t: Test) {
  const stdin = { contents: SCRIPT, resolveDir: 'examples' }
  const { outputFiles } = await bundle({ stdin, bundle: true, write: false })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((request, reply) => {
    const isScript = request.url === '/script.js'
    reply.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    reply.end(isScript ? script : '<!doctype html><title>app</title><script src="/script.js"></script>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await openChromium(t)
  const context = await browser.newContext()
  return { context, origin, open: () => openTab(context, origin) }
}

async function openTab(context: BrowserContext, origin: string) {
  const page = await context.newPage()
  await page.goto(origin)
  return {
    page,
    run: <Result>(code: string) => page.evaluate<Result>(`(async () => (${code}))()`)
  }
}

t.test(
  'two cross-origin tabs refresh at most twice in all, get the same tokens and sign out together',
  { skip },
  async (t) => {
    const { open, origin } = await openTabs(t)
    const brief = await serve(t, { CORS_ORIGINS: origin, ACCESS_TTL_SECONDS: '1' })
    const service = await serve(t, { CORS_ORIGINS: origin })
    const tabs = [await open(), await open()] as const
    const phone = randomPhone()
    const [one, other] = tabs
    await one.run(`citizen('${brief.baseUrl}').askForCode('${phone}')`)
    await one.run(`citizen('${brief.baseUrl}').signIn('${phone}', '${brief.outbox.codeFor(phone)}')`)
    const access = await one.run<string>(`JSON.parse(localStorage.getItem('citizen-auth')).tokens.access`)
    await until(async () => (await service.me(access)).json().code === 'TOKEN_EXPIRED')

    const calls = tabs.map(({ run }) => run<string[]>(`meTimes(citizen('${service.baseUrl}'), 10)`))
    t.strictSame(new Set((await Promise.all(calls)).flat()), new Set([phone]))
    // Usually once: a write to localStorage may reach another process only after the lock; both then get the same pair.
    t.ok([1, 2].includes(service.countOf('/api/auth/refresh/')))
    const refresh = await other.run<string>(`JSON.parse(localStorage.getItem('citizen-auth')).tokens.refresh`)
    t.equal(claimsOf(refresh).generation, 1, 'both got the same pair')

    await one.run(`citizen('${service.baseUrl}').signOut()`)
    t.strictSame(await other.run(`meTimes(citizen('${service.baseUrl}'), 1)`), ['TOKEN_MISSING'])
    t.equal(await other.run('ends()'), 1)
  }
)

t.test(
  'the code is read from the SMS where the browser supports it, and undefined elsewhere',
  { skip },
  async (t) => {
    const { page, run } = await (await openTabs(t)).open()
    await page.evaluate(`
    globalThis.OTPCredential ??= class {}
    navigator.credentials.get = async ({ otp }) => ({ code: otp.transport[0] === 'sms' ? '1234' : '' })
  `)
    t.equal(await run('codeFromSms(new AbortController().signal)'), '1234')
    t.equal(
      await run('delete globalThis.OTPCredential && codeFromSms(new AbortController().signal)'),
      undefined
    )
  }
)

t.test('staff stay signed in after a reload, but not in another tab', { skip }, async (t) => {
  const { open, origin } = await openTabs(t)
  const service = await serve(t, { CORS_ORIGINS: origin })
  const { phone, password } = await createStaff()
  const { page, run } = await open()
  await run(`dashboard('${service.baseUrl}').signIn('${phone}', '${password}')`)
  await page.reload()
  t.strictSame(await run(`meTimes(dashboard('${service.baseUrl}'), 1)`), [phone])
  const other = await open()
  t.strictSame(await other.run(`meTimes(dashboard('${service.baseUrl}'), 1)`), ['TOKEN_MISSING'])
})
