import Fastify from 'fastify'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createGateways } from '../../src/sms/gateways.ts'
import { required } from '../config/read.ts'

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

/** The names of the gateways that a setting makes. */
async function made(names: string): Promise<string[]> {
  const config = loadConfig({ ...required, ...credentials, SMS_GATEWAYS: names })
  const gateways = createGateways(config, Fastify().log)
  for (const gateway of gateways) await gateway.close?.()
  return gateways.map(({ name }) => name)
}

t.test('gateways are tried in the order in which they are named', async (t) => {
  t.strictSame(await made('webhook,eskiz,twilio,playmobile'), ['webhook', 'eskiz', 'twilio', 'playmobile'])
  t.strictSame(await made('playmobile,mock'), ['playmobile', 'mock'])
})

t.test('gateways that nobody named are not made', async (t) => {
  t.strictSame(await made('mock'), ['mock'])
})
