import type { Language } from './language.ts'
import { en } from './messages/en.ts'
import { kaa } from './messages/kaa.ts'
import { ru } from './messages/ru.ts'
import { type Catalogue, type ErrorCode, type Phrases, uz } from './messages/uz.ts'
import { uzCyrl } from './messages/uz-cyrl.ts'

const catalogues: Record<Exclude<Language, 'en'>, Catalogue> = { uz, 'uz-Cyrl': uzCyrl, kaa, ru }

/** The parts of sentences about a field. */
export const phrases: Record<Language, Phrases> = {
  uz: uz.phrases,
  'uz-Cyrl': uzCyrl.phrases,
  kaa: kaa.phrases,
  ru: ru.phrases,
  en
}

/** The sentence of an error in a language; `english` is the sentence in its definition. */
export function errorSentence(language: Language, code: ErrorCode, english: string): string {
  return language === 'en' ? english : catalogues[language].errors[code]
}
