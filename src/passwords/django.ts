import { createHash, pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'

// Far above every default Django has had; a hash crafted to stall the process is rejected here.
const MAX_ITERATIONS = 5_000_000
const MAX_BCRYPT_COST = 15
const MAX_ARGON2 = { m: 262_144, t: 10, p: 16 }
const MAX_SCRYPT = { n: 2 ** 17, r: 8, p: 10 }
/** bcrypt ignores all bytes beyond these, and Django accepts that. */
const BCRYPT_BYTES = 72

type Verify = (password: string) => Promise<boolean>
type Format = (encoded: string) => Verify | undefined | 'too costly'

const formats: Record<string, Format> = {
  pbkdf2_sha256: (encoded) => readPbkdf2(encoded, 'sha256', 32),
  pbkdf2_sha1: (encoded) => readPbkdf2(encoded, 'sha1', 20),
  argon2: readArgon2,
  bcrypt: (encoded) => readBcrypt(encoded, (password) => Buffer.from(password).subarray(0, BCRYPT_BYTES)),
  bcrypt_sha256: (encoded) =>
    readBcrypt(encoded, (password) => createHash('sha256').update(password).digest('hex')),
  scrypt: readScrypt
}

/** Whether Django made this hash; ours begin with `$`. */
export function isDjangoHash(hash: string): boolean {
  return isUnusable(hash) || formatOf(hash) !== undefined
}

/** Django's mark for an account without a password (`set_unusable_password`). */
export function isUnusable(hash: string): boolean {
  return hash.startsWith('!')
}

/** Why a hash from Django cannot be imported, in a phrase that quotes only the name of its format; undefined if it can. */
export function djangoHashProblem(hash: string): string | undefined {
  const name = /^[a-z0-9_]{1,32}(?=\$)/.exec(hash)?.[0]
  const format = formatOf(hash)
  if (!format) return `${name ?? 'an unknown format'} is not among ${Object.keys(formats).join(', ')}`
  const verify = read(hash)
  if (verify === 'too costly') return `${name} with a cost beyond what this service computes`
  return verify ? undefined : `${name} that is broken`
}

/** Whether the password matches a hash in a Django format. A hash that is unreadable, or too costly, matches no password. */
export async function verifyDjangoPassword(hash: string, password: string): Promise<boolean> {
  const verify = read(hash)
  return typeof verify === 'function' && verify(password)
}

function formatOf(hash: string): Format | undefined {
  const [name = '', encoded] = hash.split('$', 2)
  return encoded !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined
}

function read(hash: string): ReturnType<Format> {
  return formatOf(hash)?.(hash.slice(hash.indexOf('$') + 1))
}

/** `<iterations>$<salt>$<base64>`; the salt is used as written, without decoding it. */
function readPbkdf2(encoded: string, digest: string, size: number): ReturnType<Format> {
  const [, count, salt = '', key] = /^(\d{1,10})\$([^$]+)\$([A-Za-z0-9+/]+={0,2})$/.exec(encoded) ?? []
  const iterations = Number(count)
  const expected = Buffer.from(key ?? '', 'base64')
  if (!(iterations > 0) || expected.length !== size) return undefined
  if (iterations > MAX_ITERATIONS) return 'too costly'
  return async (password) => {
    return timingSafeEqual(await promisify(pbkdf2)(password, salt, iterations, size, digest), expected)
  }
}

/** `<N>$<salt>$<r>$<p>$<base64>`; the key always has 64 bytes. */
function readScrypt(encoded: string): ReturnType<Format> {
  const pattern = /^(\d{1,10})\$([^$]+)\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]+={0,2})$/
  const [, cost, salt = '', blocks, lanes, key] = pattern.exec(encoded) ?? []
  const [n, r, p] = [Number(cost), Number(blocks), Number(lanes)]
  const expected = Buffer.from(key ?? '', 'base64')
  if (!(n > 1 && Number.isInteger(Math.log2(n)) && r > 0 && p > 0) || expected.length !== 64) return undefined
  // The upper bound of N in RFC 7914, section 2.
  if (n >= 2 ** (16 * r)) return undefined
  if (n > MAX_SCRYPT.n || r > MAX_SCRYPT.r || p > MAX_SCRYPT.p) return 'too costly'
  const options: ScryptOptions = { N: n, r, p, maxmem: 128 * r * (n + p + 2) }
  const derive = promisify<string, string, number, ScryptOptions, Buffer>(scrypt)
  return async (password) => timingSafeEqual(await derive(password, salt, 64, options), expected)
}

/** PHC strings of `argon2id`, or of the `argon2i` of older Django versions; the oldest carry no version. */
function readArgon2(encoded: string): ReturnType<Format> {
  const pattern =
    /^argon2(?:id?|d)\$(?:v=(?:16|19)\$)?m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{6,})$/
  const found = pattern.exec(encoded)
  const [m, t, p] = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3])]
  // The minimum values that the algorithm accepts (RFC 9106, 3.1).
  if (!(p > 0 && t > 0 && m >= 8 * p)) return undefined
  if (m > MAX_ARGON2.m || t > MAX_ARGON2.t || p > MAX_ARGON2.p) return 'too costly'
  return (password) => argon2.verify(`$${encoded}`, password)
}

function readBcrypt(encoded: string, prepare: (password: string) => string | Buffer): ReturnType<Format> {
  const [, cost, rest] = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/.exec(encoded) ?? []
  if (!(Number(cost) >= 4)) return undefined
  if (Number(cost) > MAX_BCRYPT_COST) return 'too costly'
  // The letters (2a, 2b, 2y) tell old implementations apart; up to 72 bytes they all compute the same hash.
  return (password) => bcrypt.compare(prepare(password), `$2b$${cost}$${rest}`)
}
