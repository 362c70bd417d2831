import t from 'tap'
import { redis, wrongCode } from '../helper.ts'
import { attacked, from, HOME, STRANGER, verdict } from '../victim.ts'

// How the limits of the source and the service (plugins/guard.ts) affect a caller at one number.

t.test(
  'a caller whose source has to wait may guess once at their own code, and may not request one',
  async (t) => {
    const { app, ask, keys, pass, phone, sent } = await attacked(t)
    await ask(HOME)
    const waiting = from(HOME, app, { wait: 77 })
    const limit = { code: 'OTP_ATTEMPT_LIMIT', retry_after: 77 }
    t.match(await verdict(from(STRANGER, app, { wait: 77 }).validate(phone, sent())), limit)
    t.match(await verdict(waiting.validate(phone, wrongCode(sent()))), { code: 'OTP_INVALID' })
    t.match(await verdict(waiting.validate(phone, sent())), limit)
    t.equal(await redis.zcard(keys.short), 1)
    const deviceToken = await from(HOME, app).validate(phone, sent())

    await pass()
    const refused = { code: 'OTP_SEND_LIMIT', retry_after: 77 }
    t.match(await verdict(waiting.store(phone, '1234')), refused, 'known or not: the source waits')
    t.match(await verdict(from(HOME, app, { wait: 77, deviceToken }).store(phone, '1234')), { code: 'valid' })
  }
)

t.test('a wait for strangers delays nobody else', async (t) => {
  const { app, pass, phone, signIn } = await attacked(t)
  const deviceToken = await signIn(HOME)
  await pass()
  const refused = { code: 'OTP_SEND_LIMIT', retry_after: 77 }
  t.match(await verdict(from(STRANGER, app, { strangerWait: 77 }).store(phone, '1234')), refused)
  const unproved = from(STRANGER, app, { strangerWait: 77, proof: { isGiven: async () => false } })
  t.match(await verdict(unproved.store(phone, '1234')), { ...refused, captcha: 'required' })
  for (const [address, terms] of [
    [STRANGER, { otherwise: 'familiar' }],
    [HOME, {}],
    [STRANGER, { deviceToken }]
  ] as const) {
    const caller = from(address, app, { strangerWait: 77, ...terms })
    t.match(await verdict(caller.store(phone, '1234')), { code: 'valid' })
    await pass(300)
  }
})

t.test('a proof is asked only of strangers who have nothing else to wait for', async (t) => {
  const { app, pass, phone } = await attacked(t)
  let asked = 0
  const proof = { isGiven: async () => ++asked > 0 }
  const ask = (terms: Parameters<typeof from>[2]) =>
    verdict(from(STRANGER, app, { proof, ...terms }).store(phone, '1234'))
  t.match(await ask({ strangerWait: 77, otherwise: 'familiar' }), { code: 'valid' })
  await pass(300)
  t.match(await ask({}), { code: 'valid' })
  await pass(300)
  t.match(await ask({ strangerWait: 77, wait: 70 }), { code: 'OTP_SEND_LIMIT', captcha: undefined })
  t.equal(asked, 0)
  t.match(await ask({ strangerWait: 77 }), { code: 'valid' })
  t.match(await ask({ strangerWait: 77 }), { code: 'OTP_COOLDOWN' }, 'a proven person still has a cooldown')
  t.equal(asked, 2)
})

t.test('where long codes are required, callers known to the number get short ones', async (t) => {
  const { app, pass, phone, signIn } = await attacked(t)
  const deviceToken = await signIn(HOME)
  for (const [address, terms, length] of [
    [STRANGER, {}, 6],
    [STRANGER, { otherwise: 'familiar' }, 6],
    [HOME, {}, 4],
    [STRANGER, { deviceToken }, 4]
  ] as const) {
    await pass(300)
    const code = await from(address, app, { longFor: 77, ...terms }).store(phone, '1234')
    t.equal(code.length, length, JSON.stringify(terms))
  }
})

t.test('where codes cannot get longer, callers unknown to the number wait instead', async (t) => {
  const { app, pass, phone, signIn } = await attacked(t, { OTP_LENGTH: '6', OTP_LONG_LENGTH: '6' })
  await signIn(HOME)
  await pass()
  for (const otherwise of ['stranger', 'familiar'] as const) {
    const caller = from(STRANGER, app, { otherwise, longFor: 77 })
    t.match(await verdict(caller.store(phone, '123456')), { code: 'OTP_SEND_LIMIT', retry_after: 77 })
  }
  t.match(await verdict(from(HOME, app, { longFor: 77 }).store(phone, '123456')), { code: 'valid' })
})

t.test(
  'in strict mode a short code is void for callers unknown to the number, and only for them',
  async (t) => {
    const { app, ask, keys, phone, sent, signIn } = await attacked(t)
    await ask(STRANGER)
    for (const otherwise of ['stranger', 'familiar'] as const) {
      const caller = from(STRANGER, app, { otherwise, isStrict: true })
      t.match(await verdict(caller.validate(phone, sent())), { code: 'OTP_INVALID', attempts_left: 0 })
    }
    t.equal(await redis.exists(keys.short), 0, 'nor is it counted')
    await signIn(HOME)
    await ask(HOME)
    t.match(await verdict(from(HOME, app, { isStrict: true }).validate(phone, sent())), { code: 'valid' })
  }
)

t.test('a wait in strict mode covers the first guess too, unless the number knows the caller', async (t) => {
  const { app, ask, phone, sent, signIn } = await attacked(t)
  await signIn(HOME)
  const strict = { longFor: 77, isStrict: true, strictWait: 55 }
  await ask(STRANGER, strict)
  t.equal(sent().length, 6)
  const caller = from(STRANGER, app, strict)
  t.match(await verdict(caller.validate(phone, sent())), { code: 'OTP_ATTEMPT_LIMIT', retry_after: 55 })
  t.match(await verdict(from(HOME, app, strict).validate(phone, sent())), { code: 'valid' })
})

t.test(
  'in strict mode the asker’s first guess at a long code is judged, unless they have to wait',
  async (t) => {
    const { app, ask, phone, sent } = await attacked(t)
    await ask(HOME, { longFor: 77, isStrict: true })
    const waiting = from(HOME, app, { isStrict: true, wait: 44 })
    t.match(await verdict(waiting.validate(phone, sent())), { code: 'OTP_ATTEMPT_LIMIT', retry_after: 44 })
    t.match(await verdict(from(HOME, app, { isStrict: true }).validate(phone, sent())), { code: 'valid' })
  }
)
