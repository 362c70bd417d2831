import { type CountryCode, parseDigits, parsePhoneNumberFromString } from 'libphonenumber-js/mobile'
import { PhoneInvalid } from './errors.ts'

/** Longer than any number a person types, with the marks a phone pastes along; keeps kilobytes away from the parser. */
const MAX_LENGTH = 40
/** Digits of any script and the marks people put between them. What else stands there (letters, `;ext=`) is no number. */
const PHONE = /^\+?[\p{Nd}\s().\p{Pd}\u2212/]+$/u

/**
 * The one spelling of a mobile number: E.164, e.g. `+998901234567`. Accepts what people type (contract.md, Phone
 * numbers); the first country is the one a number without a country code belongs to.
 * @throws PhoneInvalid for landlines, unassigned codes, extensions, text around a number and other countries
 */
export function toE164(input: string, countries: readonly CountryCode[]): string {
  const typed = input.length > MAX_LENGTH ? '' : clean(input)
  if (!PHONE.test(typed)) throw PhoneInvalid()
  const [defaultCountry = 'UZ'] = countries
  const dialled = defaultCountry === 'UZ' ? withoutTrunkPrefix(typed) : typed
  const number = parsePhoneNumberFromString(dialled, { defaultCountry, extract: false })
  if (!number?.isValid() || !number.country || !countries.includes(number.country)) throw PhoneInvalid()
  return number.number
}

/** A number as logs show it: `+99890*****67`. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 6)}*****${phone.slice(-2)}`
}

/** Full-width letters become ASCII; invisible marks that phones paste along are dropped. */
function clean(input: string): string {
  return input
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
}

/** `8 90 123 45 67`, `0901234567` and `8~10 998 …` are how numbers were dialled before Uzbekistan's nine-digit plan. */
function withoutTrunkPrefix(typed: string): string {
  const digits = parseDigits(typed)
  if (typed.startsWith('+')) return typed
  if (digits.length === 10 && /^[80]/.test(digits)) return digits.slice(1)
  if (digits.startsWith('810998')) return `+${digits.slice(3)}`
  return typed
}
