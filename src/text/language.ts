import Negotiator from 'negotiator'

/** The languages that this service speaks. If a language has two scripts, its tag without a script means Latin. */
export const LANGUAGES = ['uz', 'uz-Cyrl', 'kaa', 'ru', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** Tries longer tags first, so that `uz-Cyrl-UZ` does not match `uz`. */
const NARROW_FIRST = [...LANGUAGES].sort((one, other) => other.length - one.length)
/** How many characters are read: a browser sends under a hundred, but a header may be 16 KiB. */
const READ_MAX = 500

/** The first of these languages that an `Accept-Language` prefers; undefined if it has none of them. Never throws. */
export function languageOf(acceptLanguage: string | undefined): Language | undefined {
  if (!acceptLanguage) return undefined
  const headers = { 'accept-language': acceptLanguage.slice(0, READ_MAX) }
  for (const range of new Negotiator({ headers }).languages()) {
    const language = lookUp(range)
    if (language) return language
  }
  return undefined
}

/** RFC 4647, 3.4: `ru-RU` matches `ru-RU` first, then `ru`. Java writes `uz_UZ`. */
function lookUp(range: string): Language | undefined {
  const wanted = `${range.toLowerCase().replaceAll('_', '-')}-`
  return NARROW_FIRST.find((language) => wanted.startsWith(`${language.toLowerCase()}-`))
}
