import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, createOutbox, letPass, randomPhone } from '../helper.ts'

// The steps of docs/secrets.md; two of them are in force while one is rolled out.
const [jwt, nextJwt] = [
  'the secret that signed the tokens so far',
  'the secret that will sign the tokens now'
]
const [otp, nextOtp] = [
  'the secret that keyed the digests so far',
  'the secret that keys the digests from now'
]
const STEPS = [
  { JWT_SECRET: jwt, OTP_SECRET: otp },
  { JWT_SECRET: jwt, OTP_SECRET: otp, JWT_ACCEPTED_SECRET: nextJwt, OTP_ACCEPTED_SECRET: nextOtp },
  { JWT_SECRET: nextJwt, OTP_SECRET: nextOtp, JWT_ACCEPTED_SECRET: jwt, OTP_ACCEPTED_SECRET: otp },
  { JWT_SECRET: nextJwt, OTP_SECRET: nextOtp }
]
const outbox = createOutbox()
const apps: Awaited<ReturnType<typeof build>>['app'][] = []
// One after another: each hashes a password when it starts, and has ten seconds for it.
for (const step of STEPS) apps.push((await build(t, step, { smsGateways: [outbox.gateway] })).app)
type App = (typeof apps)[number] | undefined

type Answer = Partial<Record<'code' | 'access' | 'refresh' | 'device_token', string>> & {
  status?: number | undefined
}

async function call(app: App, path: string, payload: object, headers = {}): Promise<Answer> {
  const reply = await app?.inject({ method: 'POST', url: `/api/auth/${path}/`, payload, headers })
  return { ...reply?.json(), status: reply?.statusCode }
}
const me = async (app: App, access = '') =>
  (await app?.inject({ url: '/api/users/me/', headers: { authorization: `Bearer ${access}` } }))?.statusCode

/** A sign-in whose code one process sends and another accepts. */
async function signIn([sender, taker]: App[], phone_number: string, device_token?: string) {
  // Only a known device can replace the code of a known device.
  await letPass(phone_number, 300)
  const sent = await call(sender, 'send-otp', { phone_number, device_token })
  if (sent.status !== 200) throw new Error(`no code was sent: ${sent.code}`)
  const code = outbox.codeFor(phone_number)
  return call(taker, 'verify-otp', { phone_number, code, device_token })
}

for (const [place, here] of apps.slice(0, -1).entries()) {
  const there = apps[place + 1]
  for (const [one, other] of [
    [here, there],
    [there, here]
  ]) {
    const way = `steps ${place} and ${place + 1} at once${one === here ? '' : ', the other way round'}`

    t.test(`a code sent by one process signs in at another (${way})`, async (t) => {
      const { status, access, refresh } = await signIn([one, other], randomPhone())
      t.equal(status, 200)
      t.strictSame([await me(one, access), await me(other, access)], [200, 200])
      const next = await call(one, 'refresh', { refresh })
      t.equal(next.status, 200)
      t.equal((await call(other, 'refresh', { refresh: next.refresh })).status, 200)
    })

    t.test(`a device known to one process is known to another (${way})`, async (t) => {
      const phone = randomPhone()
      const { device_token } = await signIn([one, one], phone)
      for (const turn of [
        [other, other],
        [one, other],
        [other, one]
      ])
        t.match(await signIn(turn, phone, device_token), { status: 200, device_token })
    })

    t.test(`a tap repeated at another process sends no second code (${way})`, async (t) => {
      const phone_number = randomPhone()
      const headers = { 'idempotency-key': randomUUID() }
      const first = await call(one, 'send-otp', { phone_number }, headers)
      t.equal(first.status, 200)
      t.strictSame(await call(other, 'send-otp', { phone_number }, headers), first)
      t.equal(outbox.textsTo(phone_number).length, 1)
    })

    t.test(`wrong guesses count across processes (${way})`, async (t) => {
      const phone_number = randomPhone()
      await call(one, 'send-otp', { phone_number })
      const code = outbox.codeFor(phone_number) === '1234' ? '4321' : '1234'
      t.match(await call(other, 'verify-otp', { phone_number, code }), { status: 401, attempts_left: 4 })
      t.match(await call(one, 'verify-otp', { phone_number, code }), { status: 401, attempts_left: 3 })
    })
  }
}

t.test(
  'a device used while the secrets are changed is still known after the old one is dropped',
  async (t) => {
    const phone = randomPhone()
    const [before, , changing, after] = apps
    const { device_token } = await signIn([before, before], phone)
    await signIn([changing, changing], phone, device_token)
    t.match(await signIn([after, after], phone, device_token), { status: 200, device_token })
  }
)

t.test(
  'once the old secrets are dropped, their tokens and codes are refused and their devices are strangers',
  async (t) => {
    const [before, , , after] = apps
    const phone = randomPhone()
    const { access, refresh, device_token } = await signIn([before, before], phone)
    t.equal(await me(after, access), 401)
    t.match(await call(after, 'refresh', { refresh }), { status: 401, code: 'TOKEN_INVALID' })
    t.match(await signIn([before, after], phone, device_token), { status: 401, code: 'OTP_INVALID' })
    const again = await signIn([after, after], phone, device_token)
    t.equal(again.status, 200)
    t.not(again.device_token, device_token)
  }
)
