import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createGateways } from '../../src/sms/gateways.ts'
import { required } from '../config/read.ts'
import { createFakeProvider, message } from './fake-provider.ts'

const credentials = {
  ESKIZ_EMAIL: 'sms@example.uz',
  ESKIZ_PASSWORD: 'password',
  PLAYMOBILE_LOGIN: 'ministry',
  PLAYMOBILE_PASSWORD: 'password',
  TWILIO_ACCOUNT_SID: 'AC0',
  TWILIO_AUTH_TOKEN: 'token',
  TWILIO_FROM: 'MGov',
  WEBHOOK_URL: 'https://example.uz/carry',
  WEBHOOK_SECRET: 'a secret of at least thirty-two characters'
}

/** The names of the gateways that a setting creates. */
async function made(names: string): Promise<string[]> {
  const config = loadConfig({ ...required, ...credentials, SMS_GATEWAYS: names })
  const gateways = createGateways(config)
  for (const gateway of gateways) await gateway.close?.()
  return gateways.map(({ name }) => name)
}

t.test('gateways are created in the order in which they are named', async (t) => {
  t.strictSame(await made('webhook,eskiz,twilio,playmobile'), ['webhook', 'eskiz', 'twilio', 'playmobile'])
  t.strictSame(await made('playmobile,mock'), ['playmobile', 'mock'])
})

t.test('gateways that are not named are not created', async (t) => {
  t.strictSame(await made('mock'), ['mock'])
})

t.test('gateways that send reports are told where', async (t) => {
  const asked: string[] = []
  const fake = await createFakeProvider(t, ({ body }) => {
    asked.push(body)
    return { body: { data: { token: 'T' }, id: 'a', sid: 'b', ok: true, result: { request_id: 'c' } } }
  })
  const urls = { TELEGRAM_URL: fake.url, ESKIZ_URL: fake.url, TWILIO_URL: fake.url }
  const reports = { SMS_CALLBACK_URL: 'https://auth.example.uz/', SMS_CALLBACK_SECRET: 'x'.repeat(32) }
  const settings = { ...required, ...credentials, ...urls, ...reports, TELEGRAM_TOKEN: 'T' }
  const gateways = createGateways(loadConfig({ ...settings, SMS_GATEWAYS: 'telegram,eskiz,twilio' }))
  for (const gateway of gateways) await gateway.send(message()).finally(() => gateway.close?.())
  const [telegram, , eskiz, twilio] = asked
  const at = (path: string) => `https://auth.example.uz/callbacks/${path}/`
  t.match(JSON.parse(telegram ?? ''), { callback_url: at('telegram') })
  t.match(JSON.parse(eskiz ?? ''), { callback_url: at(`eskiz/${'x'.repeat(32)}`) })
  t.equal(new URLSearchParams(twilio).get('StatusCallback'), at(`twilio/${'x'.repeat(32)}`))
})
