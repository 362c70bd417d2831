/** The bounds of names (of people, neighbourhoods, departments) and of locations, in characters. */
export const NAME_MAX = 150
export const LOCATION_MAX = 255

/** From the first to the last character that is more than a blank or a mark nobody sees. */
const CONTENT =
  /[^\s\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u2800](?:.*[^\s\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u2800])?/su
/**
 * Controls (PostgreSQL refuses NUL), halves of surrogate pairs (UTF-8 cannot hold them), unassigned and private characters,
 * line separators, and what turns, annotates or tags text. Joiners are none of these.
 */
const UNWANTED =
  /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\u{e0001}-\u{e007f}]/u
/** The Hangul fillers are letters, and blank. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]/u

/** Text as it is stored: composed (NFC), without blanks and unseen marks around it. */
export function tidyText(typed: string): string {
  return (CONTENT.exec(typed)?.[0] ?? '').normalize('NFC')
}

/** Why tidy text is not stored (contract.md, PATCH profile), as the rest of a sentence; undefined when it is. */
export function textProblem(text: string, maxLength: number): string | undefined {
  if (text === '') return 'must not be empty'
  if ([...text].length > maxLength) return `must have at most ${maxLength} characters`
  const unwanted = UNWANTED.exec(text)?.[0].codePointAt(0)
  if (unwanted !== undefined) {
    const point = unwanted.toString(16).toUpperCase().padStart(4, '0')
    return `must not have characters that cannot be seen or turn the text around (U+${point})`
  }
  return saysNothing(text) ? 'must have a letter or digit that can be seen' : undefined
}

/** Whether it is empty or has but marks, such as the `-` of a form that had to be filled in. */
export function saysNothing(text: string): boolean {
  return !VISIBLE.test(text) && !UNWANTED.test(text)
}
