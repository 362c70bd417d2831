import t, { type Test } from 'tap'
import { buildApp } from '../../../src/app.ts'
import { build, randomPhone, settings } from '../../helper.ts'

/** The app with the mock gateway instead of an outbox. */
async function buildWithInbox(t: Test) {
  const app = buildApp(settings({ DEBUG: 'true', LOG_LEVEL: 'silent' }))
  t.teardown(() => app.close())
  const send = (phone: string) =>
    app.inject({ method: 'POST', url: '/api/auth/send-otp', payload: { phone_number: phone } })
  return { app, send }
}

t.test('the inbox shows what would have been sent, newest first, and filters by number', async (t) => {
  const { app, send } = await buildWithInbox(t)
  const [first, second] = [randomPhone(), randomPhone()]
  await send(first)
  await send(second)
  const all = (await app.inject('/dev/inbox.json')).json()
  t.match(all, [
    { to: second, text: /\d{4}/, sent_at: /^\d{4}-\d\d-\d\dT.*Z$/ },
    { to: first, text: /hech kimga bermang/ }
  ])
  for (const spelling of [first, first.slice(4), encodeURIComponent(first)]) {
    t.strictSame((await app.inject(`/dev/inbox.json?phone_number=${spelling}`)).json(), [all[1]])
  }
})

t.test('the page shows the same and refreshes itself', async (t) => {
  const { app, send } = await buildWithInbox(t)
  t.match((await app.inject('/dev/inbox')).body, /Nothing yet/)
  const phone = randomPhone()
  await send(phone)
  const page = await app.inject('/dev/inbox')
  t.match(page.headers['content-type'], /^text\/html/)
  t.match(page.body, /http-equiv="refresh"/)
  t.match(page.body, phone)
})

t.test('without DEBUG, or with a real gateway, there is no inbox', async (t) => {
  const quiet = buildApp(settings({ LOG_LEVEL: 'silent' }))
  t.teardown(() => quiet.close())
  const { app: real } = await build(t, { DEBUG: 'true' })
  for (const app of [quiet, real]) {
    t.equal((await app.inject('/dev/inbox')).statusCode, 404)
    t.equal((await app.inject('/dev/inbox.json')).statusCode, 404)
  }
})
