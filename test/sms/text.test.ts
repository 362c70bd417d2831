import { SegmentedMessage } from 'sms-segments-calculator'
import t from 'tap'
import { createSmsTexts } from '../../src/sms/text.ts'
import { LANGUAGES } from '../../src/text/language.ts'

const purposes = ['sign-in', 'change-phone'] as const
const forever = 2_147_483_647
/** A code of each length that OTP_LENGTH allows. */
const codes = ['4821', '48213', '482137', '4821370', '48213705']
/** The longest that docs/operations.md allows beside a hash. */
const domain = 'login.example.uz'
const appHash = 'FA+9qCX9VSu'

const createTexts = (options: Partial<Parameters<typeof createSmsTexts>[0]> = {}) =>
  createSmsTexts({ language: 'uz', ttlSeconds: 300, ...options })

/** Every SMS with a code that these settings can produce. */
const everyText = (options: Parameters<typeof createTexts>[0] = {}) =>
  LANGUAGES.flatMap((language) =>
    purposes.flatMap((what) =>
      codes.map((code) => ({ language, what, code, text: createTexts(options).ofCode(what, code, language) }))
    )
  )
const hasOnePart = (text: string) => new SegmentedMessage(text).segmentsCount === 1

t.test('an SMS is one part in every language, for every code length and the longest lifetime', async (t) => {
  for (const app of [{}, { domain }, { appHash }, { domain, appHash }]) {
    for (const ttlSeconds of [60, 300, forever]) {
      for (const { text } of everyText({ ...app, ttlSeconds })) t.ok(hasOnePart(text), text)
    }
  }
})

t.test('Latin Uzbek and English stay in GSM-7, which leaves room for 160 characters', async (t) => {
  for (const { language, text } of everyText({ domain, appHash })) {
    const encoding = ['uz', 'en'].includes(language) ? 'GSM-7' : 'UCS-2'
    t.equal(new SegmentedMessage(text).encodingName, encoding, text)
  }
})

t.test('the SMS about a change of number is one part, and has nothing like a code', async (t) => {
  for (const language of LANGUAGES) {
    const { phoneChanged } = createTexts({ language, domain, appHash })
    t.ok(hasOnePart(phoneChanged), phoneChanged)
    t.notMatch(phoneChanged, /\d|\{/)
  }
})

t.test('an SMS holds the code, and no other number that could be taken for it', async (t) => {
  for (const { text, code } of everyText()) t.strictSame(text.match(/\d{4,}/g), [code])
  for (const { text, code } of everyText({ domain, appHash }))
    t.strictSame(text.match(/\b\d{4,}/g), [code, code])
})

t.test('an SMS says what its code does and to give it to nobody', async (t) => {
  const texts = createTexts()
  for (const [language, signIn, changePhone] of [
    [
      'uz',
      'Kirish kodi: 4821. Kodni hech kimga bermang. Amal qilish vaqti: 5 daqiqa.',
      'Raqamni boshqa hisobga biriktirish kodi: 4821. Kodni hech kimga bermang. Amal qilish vaqti: 5 daqiqa.'
    ],
    [
      'uz-Cyrl',
      'Кириш коди: 4821. Ҳеч кимга берманг. 5 дақиқа амал қилади.',
      'Рақамни бошқа ҳисобга улаш коди: 4821. Ҳеч кимга берманг.'
    ],
    [
      'kaa',
      'Kiriw kodı: 4821. Hesh kimge bermeń. 5 minut jaramlı.',
      'Nomerdi basqa esapqa jalǵaw kodı: 4821. Hesh kimge bermeń.'
    ],
    [
      'ru',
      'Код входа: 4821. Никому не сообщайте. Действует 5 мин.',
      'Код привязки номера к другому аккаунту: 4821. Никому не сообщайте.'
    ],
    [
      'en',
      'Sign-in code: 4821. Do not give it to anybody. Valid for 5 min.',
      'Code that gives this number to another account: 4821. Do not give it to anybody. Valid for 5 min.'
    ]
  ] as const) {
    t.equal(texts.ofCode('sign-in', '4821', language), signIn)
    t.equal(texts.ofCode('change-phone', '4821', language), changePhone)
  }
})

t.test('a started minute counts as a whole', async (t) => {
  for (const [ttlSeconds, minutes] of [
    [300, ' 5 daqiqa'],
    [61, ' 2 daqiqa'],
    [1, ' 1 daqiqa']
  ] as const)
    t.match(createTexts({ ttlSeconds }).ofCode('sign-in', '4821'), minutes)
})

t.test('the default language is that of the service', async (t) => {
  t.match(createTexts({ language: 'ru' }).ofCode('sign-in', '4821'), 'Код входа')
})

t.test('browsers and iOS can fill in the code, since the last line begins with @host #code', async (t) => {
  // As WICG sms-one-time-codes parses it: the host up to a space or the end, then the code; the rest is ignored.
  for (const options of [{ domain }, { domain, appHash }]) {
    for (const { text, code } of everyText(options)) {
      const [, host, found] = /^@([^ ]+) #([^ ]+)( .*)?$/.exec(text.split('\n').at(-1) ?? '') ?? []
      t.strictSame([host, found], [domain, code], text)
      t.match(text.split('\n')[0], code, 'people read it too')
    }
  }
})

t.test('an SMS for an Android app has at most 140 bytes and ends with its hash', async (t) => {
  for (const options of [{ appHash }, { domain, appHash }]) {
    for (const { text } of everyText(options)) {
      t.ok(text.endsWith(appHash), text)
      t.ok(text.length * (new SegmentedMessage(text).encodingName === 'UCS-2' ? 2 : 1) <= 140, text)
    }
  }
})

t.test("the operator's text replaces ours for signing in, in its language only", async (t) => {
  const texts = createTexts({ domain, texts: { uz: 'Toʻlov emas: {code}, {minutes} daqiqa' } })
  t.equal(
    texts.ofCode('sign-in', '4821'),
    `To'lov emas: 4821, 5 daqiqa\n@${domain} #4821`,
    'with an apostrophe that GSM-7 has'
  )
  t.match(texts.ofCode('change-phone', '4821'), 'Raqamni boshqa hisobga biriktirish kodi')
  t.match(texts.ofCode('sign-in', '4821', 'ru'), 'Код входа')
})

t.test('costly or useless texts are reported, counting the last line and the longest code', async (t) => {
  const told = (options: Parameters<typeof createTexts>[0]) => [...createTexts(options).faults()]
  t.strictSame(told({}), [])
  t.strictSame(told({ domain, appHash }), [])
  t.strictSame(told({ texts: { ru: `{code}${'я'.repeat(62)}` } }), [])
  t.strictSame(told({ texts: { ru: `{code}${'я'.repeat(63)}` } }), [
    { language: 'ru', what: 'sign-in', fault: 'takes 2 parts, and each is paid for' }
  ])
  t.match(told({ domain, texts: { ru: `{code}${'я'.repeat(62)}` } }), [{ language: 'ru' }])
  t.match(told({ texts: { en: `{code}${'x'.repeat(300)}` } }), [{ fault: /^takes 3 parts/ }])
  t.strictSame(told({ appHash, texts: { en: `{code}${'x'.repeat(120)}` } }), [])
  t.match(told({ appHash, texts: { en: `{code}${'x'.repeat(121)}` } }), [
    { language: 'en', what: 'sign-in', fault: /^has more than 140 characters/ }
  ])
  t.match(
    told({ domain: `${'long.'.repeat(6)}uz`, appHash }).map(({ language, what }) => `${language} ${what}`),
    [
      'uz-Cyrl sign-in',
      'uz-Cyrl change-phone',
      'kaa sign-in',
      'kaa change-phone',
      'ru sign-in',
      'ru change-phone'
    ]
  )
})
