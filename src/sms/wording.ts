import type { Language } from '../text/language.ts'

/** The sentences of our SMS in one language. */
interface Wording {
  /** The purpose of the code, and the code; if there are two, the shorter one is for when space is tight. */
  'sign-in': readonly string[]
  'change-phone': readonly string[]
  /** What to do with the code. */
  secret: string
  /** How long the code is valid. */
  life: string
  /** To a number that was given up: "Another number now signs in to your account. If it was not you, call support." */
  phoneChanged: string
}

/** What a code is for. Reading out a code for a change of number gives the number away, so its SMS says so. */
export type CodeFor = 'sign-in' | 'change-phone'

/** Latin Uzbek and English, with a plain apostrophe, fit GSM-7: 160 characters. The others need UCS-2: 70. */
export const wordings: Record<Language, Wording> = {
  uz: {
    'sign-in': ['Kirish kodi: {code}.'],
    'change-phone': ['Raqamni boshqa hisobga biriktirish kodi: {code}.'],
    secret: 'Kodni hech kimga bermang.',
    life: 'Amal qilish vaqti: {minutes} daqiqa.',
    phoneChanged:
      "Hisobingizga endi boshqa raqam bilan kiriladi. Bu siz bo'lmasangiz, qo'llab-quvvatlash xizmatiga murojaat qiling."
  },
  'uz-Cyrl': {
    'sign-in': ['Кириш коди: {code}.'],
    'change-phone': ['Рақамни бошқа ҳисобга улаш коди: {code}.', 'Рақамни бериш коди: {code}.'],
    secret: 'Ҳеч кимга берманг.',
    life: '{minutes} дақиқа амал қилади.',
    phoneChanged: 'Ҳисобингизга энди бошқа рақамдан кирилади. Сиз эмасми? Хабар беринг.'
  },
  kaa: {
    'sign-in': ['Kiriw kodı: {code}.'],
    'change-phone': ['Nomerdi basqa esapqa jalǵaw kodı: {code}.', 'Nomerdi beriw kodı: {code}.'],
    secret: 'Hesh kimge bermeń.',
    life: '{minutes} minut jaramlı.',
    phoneChanged: 'Esabıńızǵa endi basqa nomerden kiriledi. Siz emes pe? Xabar beriń.'
  },
  ru: {
    'sign-in': ['Код входа: {code}.'],
    'change-phone': ['Код привязки номера к другому аккаунту: {code}.', 'Код передачи номера: {code}.'],
    secret: 'Никому не сообщайте.',
    life: 'Действует {minutes} мин.',
    phoneChanged: 'В Ваш аккаунт теперь входят с другого номера. Не Вы? Сообщите нам.'
  },
  en: {
    'sign-in': ['Sign-in code: {code}.'],
    'change-phone': ['Code that gives this number to another account: {code}.'],
    secret: 'Do not give it to anybody.',
    life: 'Valid for {minutes} min.',
    phoneChanged:
      'Another number now signs in to your account. If this was not you, please contact our support.'
  }
}
