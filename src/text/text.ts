import { type Fault, faultPhrase } from './fault.ts'

/** The longest names (of people, neighbourhoods, departments) and locations, in characters. */
export const NAME_MAX = 150
export const LOCATION_MAX = 255

/** A character that is not a blank or an invisible mark. Characters that reverse or tag text count: they are refused later. */
const SEEN = String.raw`[^\s\p{Default_Ignorable_Code_Point}\u2800]|[\u202a-\u202e\u2066-\u206f\u{e0001}-\u{e007f}]`
/** From the first to the last visible character, with a variation selector that follows it. */
const CONTENT = new RegExp(`(${SEEN})(.*(${SEEN}))?[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]?`, 'su')
/**
 * Controls (PostgreSQL refuses NUL), halves of surrogate pairs (UTF-8 cannot hold them), unassigned and private characters,
 * line separators, and characters that reverse, annotate or tag text. Joiners are not among them.
 */
const UNWANTED =
  /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\u{e0001}-\u{e007f}]/u
/** The Hangul fillers are letters, but blank. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]/u

/** Text as it is stored: composed (NFC), without blanks and invisible marks around it. */
export function tidyText(typed: string): string {
  return (CONTENT.exec(typed)?.[0] ?? '').normalize('NFC')
}

/** Why tidied text cannot be stored (contract.md, PATCH profile); undefined if it can. */
export function textFault(text: string, maxLength: number): Fault | undefined {
  if (text === '') return { rule: 'empty' }
  if ([...text].length > maxLength) return { rule: 'maxLength', limit: maxLength }
  const unwanted = UNWANTED.exec(text)?.[0].codePointAt(0)
  if (unwanted !== undefined) {
    return { rule: 'unseen', point: `U+${unwanted.toString(16).toUpperCase().padStart(4, '0')}` }
  }
  if (saysNothing(text)) return { rule: 'blank' }
  return /^\p{M}/u.test(text) ? { rule: 'loneMark' } : undefined
}

/** The same for operators, as the second half of an English sentence. */
export function textProblem(text: string, maxLength: number): string | undefined {
  const fault = textFault(text, maxLength)
  return fault && faultPhrase('en', fault)
}

/** Whether a text is empty or only marks, such as the `-` in a form field that had to be filled in. */
export function saysNothing(text: string): boolean {
  return !VISIBLE.test(text) && !UNWANTED.test(text)
}
