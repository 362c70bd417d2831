import t from 'tap'
import { debugProblems, orderProblems, originProblem, smsTextProblems } from '../../src/config/problems.ts'
import type { Environment } from '../../src/config/settings.ts'
import { complaint, load } from './read.ts'

t.test('an origin is accepted as browsers send it', async (t) => {
  for (const origin of [
    ...['https://my.example.uz', 'http://my.example.uz', 'https://my.example.uz:8443'],
    ...['http://localhost:5173', 'http://192.0.2.1', 'http://[2001:db8::1]:80'.replace(':80', ':81')],
    ...['https://xn--80ak6aa92e.com', 'capacitor://localhost', 'ionic://localhost', 'tauri://localhost:1420']
  ]) {
    t.equal(originProblem(origin), undefined, origin)
  }
})

t.test('an origin that no browser sends is refused with a correction', async (t) => {
  for (const [entry, cure] of [
    ['https://my.example.uz/', 'https://my.example.uz'],
    ['https://my.example.uz/app?x=1#y', 'https://my.example.uz'],
    ['HTTPS://My.Example.UZ', 'https://my.example.uz'],
    ['my.example.uz', 'https://my.example.uz'],
    ['my.example.uz:8443', 'https://my.example.uz:8443'],
    ['https://my.example.uz:443', 'https://my.example.uz'],
    ['http://my.example.uz:80', 'http://my.example.uz'],
    ['https://президент.uz', 'https://xn--d1abbgf6aiiy.uz'],
    ['*', 'there are no wildcards'],
    ['https://*.example.uz', 'there are no wildcards'],
    ['null', 'as scheme://host'],
    ['ftp://my.example.uz', 'as scheme://host'],
    ['https://a.uz;https://b.uz', 'as scheme://host'],
    ['"https://a.uz"', 'as scheme://host'],
    ['http:/a.uz', 'as scheme://host'],
    ['https://.uz', 'as scheme://host'],
    ['file:///app', 'as scheme://host'],
    ['https://', 'as scheme://host'],
    ['https://user:hush@my.example.uz', 'as scheme://host']
  ] as const) {
    const told = originProblem(entry) ?? ''
    t.match(told, /^CORS_ORIGINS must /, entry)
    t.ok(told.endsWith(cure) || told.includes(cure), `${entry}: ${told}`)
    t.notMatch(told, 'hush')
  }
})

t.test(
  'DEBUG needs an explicit NODE_ENV=development and a HOST that only this machine reaches',
  async (t) => {
    const told = (env: Environment) => [...debugProblems({ DEBUG: 'true', ...env })].join('\n')
    const development = { NODE_ENV: 'development' }
    for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      t.equal(told({ ...development, HOST }), '', HOST)
    for (const HOST of [undefined, '', '0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'auth.internal']) {
      t.match(told({ ...development, HOST }), 'DEBUG must not be true on a network: set HOST=127.0.0.1')
      t.equal(told({ ...development, HOST, DEBUG_EVEN_ON_A_NETWORK: 'true' }), '')
    }
    for (const NODE_ENV of [undefined, '', 'test'])
      t.match(told({ NODE_ENV, HOST: '::1', DEBUG_EVEN_ON_A_NETWORK: 'true' }), 'needs NODE_ENV=development')
    t.match(told({ NODE_ENV: 'production', HOST: '::1' }), 'DEBUG must not be true with NODE_ENV=production')
    t.equal(told({ DEBUG: 'false' }), '')
  }
)

t.test('contradictory figures are refused when both are set explicitly', async (t) => {
  t.strictSame([...orderProblems({ REFRESH_TTL_SECONDS: '100', SESSION_TTL_SECONDS: '100' })], [])
  t.strictSame([...orderProblems({ SESSION_TTL_SECONDS: '1', REFRESH_TTL_SECONDS: '' })], [])
  t.strictSame(
    [...orderProblems({ REFRESH_TTL_SECONDS: '101', SESSION_TTL_SECONDS: '100' })],
    ['REFRESH_TTL_SECONDS must not be more than SESSION_TTL_SECONDS: no token outlives its session']
  )
})

t.test('a custom SMS text that lacks the code or would show braces is refused by name', async (t) => {
  const told = (SMS_TEXT_RU: string) => [...smsTextProblems({ SMS_TEXT_RU, SMS_LANGUAGE: 'ru' })]
  for (const text of ['', '{code}', 'Код: {code}, {minutes} мин', '{minutes} мин: {code}'])
    t.strictSame(told(text), [], text)
  for (const text of [
    'Код',
    '{minutes}',
    '{code} {code}',
    '{code} {minutes} {minutes}',
    '{code} {name}',
    '{code',
    '{code}}',
    '{code} {'
  ])
    t.match(told(text), [/^SMS_TEXT_RU must have \{code\} exactly once/], text)
})

t.test('a gateway is named only once, and its settings are required', async (t) => {
  t.match(complaint({ SMS_GATEWAYS: ',' }), 'SMS_GATEWAYS must name a gateway')
  t.match(complaint({ SMS_GATEWAYS: 'mock,mock' }), 'SMS_GATEWAYS must name each gateway once')
  const needed = {
    telegram: ['TELEGRAM_TOKEN'],
    eskiz: ['ESKIZ_EMAIL', 'ESKIZ_PASSWORD'],
    playmobile: ['PLAYMOBILE_LOGIN', 'PLAYMOBILE_PASSWORD'],
    twilio: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
    webhook: ['WEBHOOK_URL', 'WEBHOOK_SECRET']
  }
  for (const [SMS_GATEWAYS, names] of Object.entries(needed))
    for (const name of names)
      t.match(complaint({ SMS_GATEWAYS }), `${name} is required, for SMS_GATEWAYS names ${SMS_GATEWAYS}`)
  const three = { ESKIZ_EMAIL: 'a@b.uz', ESKIZ_PASSWORD: 'secret' }
  t.strictSame(load({ SMS_GATEWAYS: 'eskiz', NODE_ENV: 'production', ...three }).SMS_GATEWAYS, ['eskiz'])
})

t.test('delivery reports need a URL and a secret, or neither', async (t) => {
  const both = 'SMS_CALLBACK_URL and SMS_CALLBACK_SECRET must be set both, or neither'
  t.match(complaint({ SMS_CALLBACK_URL: 'https://auth.example.uz' }), both)
  t.match(complaint({ SMS_CALLBACK_SECRET: 'x'.repeat(32) }), both)
})
