import { readFile, rm } from 'node:fs/promises'
import t from 'tap'
import { UNBUNDLED } from '../../scripts/bundle.ts'
import { DATA_FOLDER } from '../../scripts/dev-settings.ts'
import { buildPackage } from '../../scripts/package.ts'
import { environment, randomPhone } from '../helper.ts'
import { succeed } from '../manage/run.ts'
import { start } from '../process.ts'
import { account, createFakeEskiz } from '../sms/eskiz-provider.ts'

// Alone in its process: the build takes everything the machine has.

t.test(
  'the built package starts in production with three Eskiz settings and signs a citizen in',
  async (t) => {
    // Inside the repository, where its packages are found.
    const folder = `${DATA_FOLDER}/production-test`
    await buildPackage(folder)
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const { dependencies } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
    t.strictSame(Object.keys(dependencies), UNBUNDLED, 'it depends only on what is not bundled')
    for (const version of Object.values(dependencies)) t.match(version, /^\d+\.\d+\.\d+$/)
    const eskiz = await createFakeEskiz(t)
    const JWT_KEYS = `${t.testdir({})}/keys.json`
    await succeed(['keys', 'generate'], '', { JWT_KEYS })
    const { JWT_SECRET: _, ...settings } = environment
    const { said } = start(t, `${folder}/bin/server.js`, [], {
      ...settings,
      NODE_ENV: 'production',
      JWT_KEYS,
      SMS_GATEWAYS: 'eskiz',
      ESKIZ_EMAIL: account.email,
      ESKIZ_PASSWORD: account.password,
      ESKIZ_URL: eskiz.url
    })
    const url = await said(/(http:\/\/127\.0\.0\.1:\d+)/)
    const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json', 'accept-language': 'ru-RU,ru;q=0.9' }
      const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      const answer: Record<string, unknown> = JSON.parse(await reply.text())
      return { ...answer, status: reply.status }
    }

    const phone_number = randomPhone()
    t.match(await call('/api/auth/send-otp/', { phone_number }), { status: 200, code_length: 4 })
    const { mobile_phone, message = '' }: Record<string, string> = Object(eskiz.sent[0])
    t.equal(`+${mobile_phone}`, phone_number)
    const [code = ''] = /\d{4}/.exec(message) ?? []
    t.match(message, `Код входа: ${code}`)
    const signedIn = await call('/api/auth/verify-otp/', { phone_number, code })
    t.match(signedIn, { status: 200, is_new_user: true, role: 'citizen' })
    const me = await fetch(`${url}/api/users/me/`, {
      headers: { authorization: `Bearer ${signedIn.access}` }
    })
    t.match(await me.json(), { phone_number })
    for (const path of ['inbox.json', 'events', 'page.js', 'index.html'])
      t.equal((await fetch(`${url}/dev/${path}`)).status, 404, path)
    const front = await fetch(url, { headers: { accept: 'text/html' } })
    t.match(await front.json(), { name: 'citizen-auth' })

    const development = { ...settings, NODE_ENV: 'development', DEBUG: 'true', JWT_KEYS }
    const shown = await start(t, `${folder}/bin/server.js`, [], development).said(
      /(http:\/\/127\.0\.0\.1:\d+)/
    )
    const page = await fetch(shown, { headers: { accept: 'text/html' } })
    t.match(await page.text(), /^<!doctype html>/, 'in development the page is served')
    t.equal((await fetch(`${shown}/dev/page.js`)).status, 200)
  }
)
