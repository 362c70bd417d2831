import t, { type Test } from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { SHIPPED, service, times } from '../../guarded-service.ts'
import { randomPhone, wrongCode } from '../../helper.ts'

/** A guard as it ships, and what it tells one address about a number. */
async function open(t: Test) {
  const built = await service(t, { ...SHIPPED, DEBUG: 'true' }, { smsGateways: [createMockGateway()] })
  const { app, address, sendOtp } = built
  const told = async (phone_number: string, device_token?: string) => {
    const payload = { phone_number, ...(device_token && { device_token }) }
    const reply = await app.inject({ method: 'POST', url: '/dev/guard', payload, remoteAddress: address })
    t.equal(reply.statusCode, 200, reply.body)
    return reply.json()
  }
  const codeFor = async (phone: string) => {
    await sendOtp(phone)
    const messages = (await app.sms.inbox?.newest()) ?? []
    return /\d{4,}/.exec(messages.find(({ to }) => to === phone)?.text ?? '')?.[0] ?? ''
  }
  return { ...built, told, codeFor }
}

t.test('an unused number has no history and its full allowance', async (t) => {
  const { told, address } = await open(t)
  const phone = randomPhone()
  t.strictSame(await told(phone.slice(4)), {
    phone_number: phone,
    standing: 'stranger',
    number: {
      codes_left: 5,
      code: null,
      short_guesses_left_of_day: 10
    },
    source: {
      address,
      unfinished: { sends: 0, guesses: 0 },
      left: { sends: 20, guesses: 30 }
    },
    service: { hour: { anybody: 20_000 }, strictSeconds: 0 }
  })
})

t.test(
  'a code and a wrong guess are unfinished until the number signs in; then the device is known',
  async (t) => {
    const { told, codeFor, verifyOtp } = await open(t)
    const phone = randomPhone()
    const code = await codeFor(phone)
    await verifyOtp(phone, wrongCode(code))
    const before = await told(phone)
    t.match(before, {
      standing: 'stranger',
      number: { codes_left: 4, code: { guesses_left: 4 }, short_guesses_left_of_day: 9 },
      source: { unfinished: { sends: 1, guesses: 1 }, left: { sends: 19, guesses: 29 } }
    })
    t.ok(before.number.code.lives > 290)
    const { device_token } = (await verifyOtp(phone, code)).json()
    t.match(await told(phone, device_token), {
      standing: 'device',
      number: { code: null, short_guesses_left_of_day: 10 },
      source: { unfinished: { sends: 0, guesses: 0 } }
    })
    t.match(await told(phone), { standing: 'known' })
    t.match(await told(randomPhone()), { standing: 'familiar' })
  }
)

t.test('asking the guard costs nothing', async (t) => {
  const { told } = await open(t)
  const phone = randomPhone()
  const first = await told(phone)
  for (const _ of times(5)) t.strictSame(await told(phone), first)
})
