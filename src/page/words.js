import { en } from './words-en.js'
import { ru } from './words-ru.js'
import { uz } from './words-uz.js'

export const LANGUAGES = { uz: 'Oʻzbekcha', ru: 'Русский', en: 'English' }

/** The page's words by language. A missing word would show its key: a test compares them. */
export const WORDS = { uz, ru, en }
