import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build, environment, randomPhone } from '../../helper.ts'

t.test('the inbox lists messages newest first and filters by number', async (t) => {
  const { app, sendOtp } = await build(
    t,
    { DEBUG: 'true', REDIS_KEY_PREFIX: `${environment.REDIS_KEY_PREFIX}${randomUUID()}:` },
    { smsGateways: [createMockGateway()] }
  )
  const [first, second] = [randomPhone(), randomPhone()]
  await sendOtp(first)
  await sendOtp(second)
  const all = (await app.inject('/dev/inbox.json')).json()
  t.match(all, [
    { to: second, text: /\d{4}/, channel: 'sms', sent_at: /^\d{4}-\d\d-\d\dT.*Z$/ },
    { to: first, text: /hech kimga bermang/ }
  ])
  for (const spelling of [first, first.slice(4), encodeURIComponent(first)]) {
    t.strictSame((await app.inject(`/dev/inbox.json?phone_number=${spelling}`)).json(), [all[1]])
  }
})
