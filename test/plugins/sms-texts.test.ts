import t from 'tap'
import { build, randomPhone, signUp } from '../helper.ts'

/** The SMS that this service sends when a code is requested in this language. */
async function textFor(
  { app, outbox }: Pick<Awaited<ReturnType<typeof build>>, 'app' | 'outbox'>,
  language?: string
) {
  const phone = randomPhone()
  const reply = await app.inject({
    ...{ method: 'POST', url: '/api/auth/send-otp/', payload: { phone_number: phone } },
    headers: language ? { 'accept-language': language } : {}
  })
  t.equal(reply.statusCode, 200)
  return outbox.textsTo(phone).at(-1) ?? ''
}

t.test('the SMS is in the language that the app asks for, or else in Uzbek', async (t) => {
  const service = await build(t)
  t.match(await textFor(service), /^Kirish kodi: \d{4}\. /)
  t.match(await textFor(service, 'tg,*;q=0.1'), /^Kirish kodi/)
  t.match(await textFor(service, 'ru-RU,ru;q=0.9,en;q=0.8'), /^Код входа/)
  t.match(await textFor(service, 'uz-Cyrl-UZ'), /^Кириш коди/)
  t.match(await textFor(service, 'kaa'), /^Kiriw kodı/)
  t.match(await textFor(service, 'en'), /^Sign-in code/)
})

t.test('SMS_LANGUAGE applies if no language is requested, and to the SMS to a former number', async (t) => {
  const service = await build(t, { SMS_LANGUAGE: 'ru' })
  t.match(await textFor(service), /^Код входа/)
  const { phone, access } = await signUp(service)
  const other = randomPhone()
  await service.sendPhoneCode(access, other)
  t.match(service.outbox.textsTo(other), [/^Код привязки номера к другому аккаунту/])
  t.equal((await service.changePhone(access, other, service.outbox.codeFor(other))).statusCode, 200)
  t.match(service.outbox.textsTo(phone).at(-1), /^В Ваш аккаунт теперь входят с другого номера/)
})

t.test("the operator's texts, host and hash are in the SMS", async (t) => {
  const service = await build(t, {
    SMS_TEXT_UZ: 'Mahalla: {code}',
    SMS_TEXT_UZ_CYRL: 'Маҳалла: {code}',
    SMS_TEXT_KAA: 'Máhálle: {code}',
    SMS_TEXT_RU: 'Махалля: {code}, {minutes} мин',
    SMS_TEXT_EN: 'Neighbourhood: {code}',
    APP_DOMAIN: 'my.example.uz',
    ANDROID_APP_HASH: 'FA+9qCX9VSu'
  })
  t.match(await textFor(service), /^Mahalla: (\d{4})\n@my\.example\.uz #\1 FA\+9qCX9VSu$/)
  t.match(await textFor(service, 'uz-Cyrl'), /^Маҳалла: \d{4}\n/)
  t.match(await textFor(service, 'kaa'), /^Máhálle: \d{4}\n/)
  t.match(await textFor(service, 'ru'), /^Махалля: \d{4}, 5 мин\n/)
  t.match(await textFor(service, 'en'), /^Neighbourhood: \d{4}\n/)
})

t.test('startup warns of the operator’s text that takes two parts, and of no other', async (t) => {
  const warnings = async (SMS_TEXT_RU: string) => {
    const { log } = await build(t, { SMS_TEXT_RU, SMS_TEXT_UZ: 'Kod: {code}' })
    return log.map((line) => JSON.parse(line)).filter(({ event }) => event === 'sms_text')
  }
  t.strictSame(await warnings('Код: {code}'), [])
  t.match(await warnings(`Код: {code}. ${'Никому не сообщайте. '.repeat(3)}`), [
    { level: 40, language: 'ru', purpose: 'sign-in', msg: /takes 2 parts/ }
  ])
})
