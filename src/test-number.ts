import type { CountryCode } from 'libphonenumber-js/mobile'
import { toE164 } from './phone.ts'
import { bareDigits } from './text/digits.ts'

/** A number that signs in with a fixed code, for the reviewers of an app store. */
export interface TestNumber {
  /** E.164 */
  phone: string
  code: string
  /** The last day on which it can sign in, in UTC: `2026-12-31`. */
  lastDay: string
}

const MAX_NUMBERS = 10
/** Digits in the order of the keys: a code that is part of such a run is easy to guess. */
const RUNS = ['01234567890', '09876543210']

/** Reads one `number:code:day` entry for which `testNumberProblems` reports nothing. */
export function readTestNumber(entry: string, countries: readonly CountryCode[]): TestNumber {
  const [phone = '', code = '', lastDay = ''] = parts(entry)
  return { phone: toE164(phone, countries), code: bareDigits(code), lastDay }
}

/** Yields what is wrong with these entries, by their position in the list, without revealing a number or a code. */
export function* testNumberProblems(entries: readonly string[], countries: readonly CountryCode[]) {
  if (entries.length > MAX_NUMBERS) yield `has room for ${MAX_NUMBERS} numbers`
  const seen = new Set<string>()
  for (const [index, entry] of entries.entries()) {
    const [number = '', typedCode = '', lastDay = '', ...rest] = parts(entry)
    const code = bareDigits(typedCode)
    const at = `entry ${index + 1}:`
    if (!lastDay || rest.length > 0) {
      yield `${at} must be number:code:day, e.g. +998901234567:<code>:2026-12-31`
      continue
    }
    const phone = mobileNumber(number, countries)
    if (!phone) yield `${at} must begin with a mobile number of PHONE_COUNTRIES`
    else if (seen.has(phone)) yield `${at} the number has an entry already`
    else seen.add(phone)
    // The code is fixed for months: ten guesses a day for a year have a 36 % chance at four digits, and 0.4 % at six.
    if (!/^[0-9]{6,8}$/.test(code))
      yield `${at} the code must have 6 to 8 digits: a fixed one of 4 is soon guessed`
    else if (isEasy(code)) yield `${at} the code is one of the first that are guessed`
    if (!isDay(lastDay)) yield `${at} the last day must be a date such as 2026-12-31`
  }
}

/** Whether the number's last day is not yet over, in UTC. */
export function isLive({ lastDay }: Pick<TestNumber, 'lastDay'>, now = Date.now()): boolean {
  return new Date(now).toISOString().slice(0, 10) <= lastDay
}

function parts(entry: string): string[] {
  return entry.split(':').map((part) => part.trim())
}

function mobileNumber(number: string, countries: readonly CountryCode[]): string | undefined {
  try {
    return toE164(number, countries)
  } catch {
    return undefined
  }
}

function isEasy(code: string): boolean {
  return new Set(code).size === 1 || RUNS.some((run) => run.includes(code))
}

function isDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
