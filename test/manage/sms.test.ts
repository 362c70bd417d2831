import t from 'tap'
import { account, createFakeEskiz } from '../sms/eskiz-provider.ts'
import { createFakeProvider } from '../sms/fake-provider.ts'
import { run, succeed } from './run.ts'

const OTP_SECRET = 'a secret of this test that keys the digests'
/** No store: the commands need none. */
const settings = { OTP_SECRET, DATABASE_URL: undefined }

/** A working Eskiz, after a script of the operator that is out of order. */
async function gateways(t: Parameters<typeof createFakeEskiz>[0]) {
  const [eskiz, script] = [
    await createFakeEskiz(t),
    await createFakeProvider(t, () => ({ status: 402, body: { error: 'top up' } }))
  ]
  const env = {
    ...settings,
    SMS_GATEWAYS: 'webhook,eskiz',
    WEBHOOK_URL: script.url,
    WEBHOOK_SECRET: 'a secret of the script that keys its signatures',
    ESKIZ_URL: eskiz.url,
    ESKIZ_EMAIL: account.email,
    ESKIZ_PASSWORD: account.password
  }
  return { eskiz, script, env }
}

t.test('a test message goes through each gateway, with a line for each result', async (t) => {
  const { eskiz, script, env } = await gateways(t)
  const [head, first, second, ...rest] = await succeed(['sms', 'test', '90 123 45 67'], '', env)
  t.strictSame(head, ['gateway', 'result', 'ms', 'parts', 'cost', 'its name of the message'])
  t.match(first, ['webhook', /^balance: /, /^\d+$/])
  t.match(second, ['eskiz', 'taken', /^\d+$/, '1', '-', /^[0-9a-f-]{36}$/])
  t.strictSame(rest, [])
  t.equal(script.asked.length, 1)
  t.match(eskiz.sent, [{ mobile_phone: '998901234567', message: /^Kirish kodi: \d{4}\./ }])
})

t.test('a test message is in the requested language', async (t) => {
  const { eskiz, env } = await gateways(t)
  await succeed(['sms', 'test', '901234567', '--language', 'ru'], '', env)
  t.match(eskiz.sent, [{ message: /^Код / }])
  t.equal((await run(['sms', 'test', '901234567', '--language', 'fr'], '', env)).code, 2)
})

t.test('the exit code is 1 if no gateway accepts the message', async (t) => {
  const { env } = await gateways(t)
  const { code, stdout, stderr } = await run(['sms', 'test', '901234567'], '', {
    ...env,
    SMS_GATEWAYS: 'webhook'
  })
  t.equal(code, 1)
  t.match(stdout, 'webhook\tbalance: ')
  t.match(stderr, 'manage: No gateway took the message; the lines above say why.\n')
})

t.test(
  'an invalid number and a gateway without its password are refused before anything is sent',
  async (t) => {
    const { eskiz, script, env } = await gateways(t)
    const wrong = await run(['sms', 'test', '71 123 45 67'], '', env)
    t.match(wrong, { code: 1, stderr: 'manage: This is not a mobile number we can send a code to.\n' })
    const lacking = await run(['sms', 'test', '901234567'], '', { ...env, ESKIZ_PASSWORD: undefined })
    t.match(lacking, { code: 1, stderr: /ESKIZ_PASSWORD is required, for SMS_GATEWAYS names eskiz/ })
    t.strictSame([eskiz.asked, script.asked], [[], []])
  }
)

t.test('the balance of each gateway is printed, or why it is not', async (t) => {
  const { eskiz, env } = await gateways(t)
  eskiz.state.balance = 52_000
  t.strictSame(await succeed(['sms', 'balance'], '', env), [
    ['webhook', 'does not tell'],
    ['eskiz', '52000 soum']
  ])
  eskiz.answer({ status: 503 })
  t.match(await succeed(['sms', 'balance'], '', env), [['webhook'], ['eskiz', /^unavailable: /]])
})
