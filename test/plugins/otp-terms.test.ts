import t from 'tap'
import { redis, wrongCode } from '../helper.ts'
import { attacked, from, HOME, STRANGER, verdict } from '../victim.ts'

// What others did elsewhere (plugins/guard.ts), and what it means for somebody at one number.

t.test(
  'whoever must wait for what others did from there is judged once at the code they asked for, and may not ask',
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
    t.match(await verdict(waiting.store(phone, '1234')), refused, 'known or not: it is the address')
    t.match(await verdict(from(HOME, app, { wait: 77, deviceToken }).store(phone, '1234')), { code: 'valid' })
  }
)

t.test('what strangers wait for nobody else does', async (t) => {
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

t.test('a proof is asked of a stranger who waits for nothing else, and of nobody else', async (t) => {
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
  t.match(await ask({ strangerWait: 77 }), { code: 'OTP_COOLDOWN' }, 'a person has a cooldown all the same')
  t.equal(asked, 2)
})

t.test('where long codes are called for, those whom the number knows get short ones', async (t) => {
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

t.test('where codes cannot get longer, those whom the number does not know wait instead', async (t) => {
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
  'in strict mode a short code is void for those whom the number does not know, and for them alone',
  async (t) => {
    const { app, ask, keys, phone, sent, signIn } = await attacked(t)
    await ask(STRANGER)
    for (const otherwise of ['stranger', 'familiar'] as const) {
      const caller = from(STRANGER, app, { otherwise, isStrict: true })
      t.match(await verdict(caller.validate(phone, sent())), { code: 'OTP_INVALID', attempts_left: 0 })
    }
    t.equal(await redis.exists(keys.short), 0, 'nor does it count')
    await signIn(HOME)
    await ask(HOME)
    t.match(await verdict(from(HOME, app, { isStrict: true }).validate(phone, sent())), { code: 'valid' })
  }
)

t.test('who waits in strict mode waits with the first guess too, unless the number knows them', async (t) => {
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
  'at a long code the first guess of who asked is judged in strict mode, unless they have to wait',
  async (t) => {
    const { app, ask, phone, sent } = await attacked(t)
    await ask(HOME, { longFor: 77, isStrict: true })
    const waiting = from(HOME, app, { isStrict: true, wait: 44 })
    t.match(await verdict(waiting.validate(phone, sent())), { code: 'OTP_ATTEMPT_LIMIT', retry_after: 44 })
    t.match(await verdict(from(HOME, app, { isStrict: true }).validate(phone, sent())), { code: 'valid' })
  }
)
