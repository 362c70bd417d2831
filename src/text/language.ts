import Negotiator from 'negotiator'

/** The languages that this service speaks; a script that is not named is Latin where there are two. */
export const LANGUAGES = ['uz', 'uz-Cyrl', 'kaa', 'ru', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** So that `uz-Cyrl-UZ` is not taken for `uz`. */
const NARROW_FIRST = [...LANGUAGES].sort((one, other) => other.length - one.length)
/** A browser sends under a hundred; a header may be 16 KiB. */
const READ_MAX = 500

/** What of these languages the reader of an `Accept-Language` understands best; undefined when none. Never throws. */
export function languageOf(acceptLanguage: string | undefined): Language | undefined {
  if (!acceptLanguage) return undefined
  const headers = { 'accept-language': acceptLanguage.slice(0, READ_MAX) }
  for (const range of new Negotiator({ headers }).languages()) {
    const language = lookUp(range)
    if (language) return language
  }
  return undefined
}

/** RFC 4647, 3.4: of `ru-RU` first `ru-RU` is looked for, then `ru`. Java writes `uz_UZ`. */
function lookUp(range: string): Language | undefined {
  const wanted = `${range.toLowerCase().replaceAll('_', '-')}-`
  return NARROW_FIRST.find((language) => wanted.startsWith(`${language.toLowerCase()}-`))
}
