import { saysNothing, textProblem, tidyText } from '../../text/text.ts'

/** A row cannot be imported; the message says why, without quoting a value. */
export class Refusal extends Error {
  override name = 'Refusal'
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
/** Longer than any natural key; PostgreSQL cannot index texts of some thousand bytes. */
const PK_MAX = 255
const PASSWORD_MAX = 1_000
/** A time as Django's serializer writes it; without a zone when the project stored none. */
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/

/** Reads the fields of one row by the names that the dump has for them. */
export interface Fields<Key extends string> {
  /** Absent fields are undefined, as opposed to null. */
  value(key: Key): unknown
  /** Tidied, as the API accepts it; null when there is nothing. @throws Refusal */
  text(key: Key, maxLength: number): string | null
  /** A boolean, true when absent. @throws Refusal */
  flag(key: Key): boolean
  /** Exactly as it stands, because a salt may look like anything. @throws Refusal */
  password(key: Key): string | null
  /** ISO 8601; UTC when no zone is given. @throws Refusal */
  time(key: Key): string | null
  name(key: Key): string
}

/** Reads the `fields` object of a row. */
export function createFields<Key extends string>(
  fields: Record<string, unknown>,
  names: Record<Key, string>
): Fields<Key> {
  const value = (key: Key) => (Object.hasOwn(fields, names[key]) ? fields[names[key]] : undefined)
  return {
    value,
    name: (key) => names[key],
    text: (key, maxLength) => readText(value(key), names[key], maxLength),
    flag: (key) => readFlag(value(key), names[key]),
    password: (key) => readPassword(value(key), names[key]),
    time: (key) => readTime(value(key), names[key])
  }
}

/** A pk or an `id` when it is a UUID, which becomes our id as well; otherwise null. */
export function uuidOf(id: unknown): string | null {
  return typeof id === 'string' && UUID.test(id) ? id : null
}

/** A primary key as text; null when the dump has natural keys instead. */
export function pkOf(pk: unknown): string | null {
  if (pk === null || pk === undefined) return null
  if (typeof pk !== 'string' && typeof pk !== 'number') throw new Refusal('the pk is neither text nor number')
  // JSON.parse has already rounded larger numbers, so two people could get the same pk.
  if (typeof pk === 'number' && !Number.isSafeInteger(pk))
    throw new Refusal('the pk is not a whole number below 2^53')
  return plain(String(pk), 'the pk', PK_MAX)
}

/** @throws Refusal */
export function readText(value: unknown, name: string, maxLength: number): string | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') throw new Refusal(`${name} is not text`)
  const text = tidyText(value)
  if (saysNothing(text)) return null
  const problem = textProblem(text, maxLength)
  if (problem) throw new Refusal(`${name} ${problem}`)
  return text
}

function readPassword(value: unknown, name: string): string | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') throw new Refusal(`${name} is not text`)
  return plain(value, name, PASSWORD_MAX) || null
}

/** Refuses what cannot be stored: PostgreSQL rejects NUL, and UTF-8 cannot encode lone surrogates. */
function plain(text: string, name: string, maxLength: number): string {
  if (/[\p{Cc}\p{Cs}]/u.test(text)) throw new Refusal(`${name} has control characters`)
  // Counts as the API does: a character outside the BMP is one.
  if ([...text].length > maxLength) throw new Refusal(`${name} is longer than ${maxLength} characters`)
  return text
}

function readFlag(value: unknown, name: string): boolean {
  if (value === undefined) return true
  if (typeof value !== 'boolean') throw new Refusal(`${name} is neither true nor false`)
  return value
}

function readTime(value: unknown, name: string): string | null {
  if (value === null || value === undefined) return null
  const [time, zone] = (typeof value === 'string' && TIME.exec(value)) || []
  const instant = new Date(`${time}${zone ? '' : 'Z'}`)
  const year = instant.getUTCFullYear()
  // In UTC, both Django and PostgreSQL write exactly these years with four digits.
  if (!(year >= 1 && year <= 9999)) throw new Refusal(`${name} is not a time`)
  return instant.toISOString()
}
