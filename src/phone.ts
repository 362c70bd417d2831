import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/mobile'
import { PhoneInvalid } from './errors.ts'
import { bareDigits } from './text/digits.ts'

/** Characters: more than any number has, as typed or pasted with its formatting; keeps kilobytes away from the parser. */
const MAX_LENGTH = 40
/** Separators that are dropped in addition to those that `bareDigits` drops. */
const DOTS_AND_SLASHES = /[./\u00b7\u2022\u2027\u2219\u22c5\u30fb]/g

/**
 * Converts a mobile number to E.164, e.g. `+998901234567`. Accepts what people type (contract.md, Phone numbers); a number
 * without a country code is taken to belong to the first country.
 * @throws PhoneInvalid for landlines, unassigned codes, extensions, text around a number and numbers of other countries
 */
export function toE164(input: string, countries: readonly CountryCode[]): string {
  const typed = input.length > MAX_LENGTH ? '' : withoutMarks(input)
  // Anything left over, such as letters or `;ext=`, does not belong to a number.
  if (!/^\+?[0-9]+$/.test(typed)) throw PhoneInvalid()
  const [defaultCountry = 'UZ'] = countries
  const dialled = defaultCountry === 'UZ' ? withoutTrunkPrefix(typed) : typed
  const number = parsePhoneNumberFromString(dialled, { defaultCountry, extract: false })
  if (!number?.isValid() || !number.country || !countries.includes(number.country)) throw PhoneInvalid()
  return number.number
}

/** The operator's prefix: a number (E.164) without its last seven digits, e.g. `+99890`. */
export function operatorPrefix(phone: string): string {
  return phone.slice(0, -7)
}

/** A number as it appears in logs: `+99890*****67`. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 6)}*****${phone.slice(-2)}`
}

/** Removes the marks of `tel:+998-90-…` (RFC 3966), `(+998) 90…` and `+998 (0) 90…`, where the 0 is the trunk prefix. */
function withoutMarks(input: string): string {
  return bareDigits(input.normalize('NFKC'))
    .replace(/^tel:/i, '')
    .replace(DOTS_AND_SLASHES, '')
    .replace(/^([(+]*(?:00|810)?998\)?)\(0\)/, '$1')
    .replace(/[()]/g, '')
}

/** Drops the dialling prefixes from before Uzbekistan's nine-digit plan: `8 90 123 45 67`, `0901234567`, `8~10 998 …`. */
function withoutTrunkPrefix(typed: string): string {
  if (/^[80][0-9]{9}$/.test(typed)) return typed.slice(1)
  return typed.startsWith('810998') ? `+${typed.slice(3)}` : typed
}
