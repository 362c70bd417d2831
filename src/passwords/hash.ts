import argon2 from 'argon2'
import { isDjangoHash, verifyDjangoPassword } from './django.ts'

/** Characters. Longer passwords cost too much to hash; NIST SP 800-63B-4 (3.1.1.2) requires far fewer to be allowed. */
export const PASSWORD_MAX_LENGTH = 256

// OWASP Password Storage Cheat Sheet: argon2id with at least 19 MiB, two passes, one lane.
const argon2id = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The hash to store for a password: NFC, as NIST SP 800-63B-4 asks, so that it matches on whichever keyboard it is typed. */
export function hashPassword(password: string): Promise<string> {
  return argon2.hash(password.normalize('NFC'), argon2id)
}

/** Whether the password matches a hash of ours or one that came from Django. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const composed = password.normalize('NFC')
  if (!isDjangoHash(hash)) return argon2.verify(hash, composed)
  if (await verifyDjangoPassword(hash, composed)) return true
  // Django hashed what the keyboard sent, without normalizing it.
  return password !== composed && verifyDjangoPassword(hash, password)
}

/** Whether a hash should be replaced by one from `hashPassword` as soon as the password is known. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith('$argon2id$') || argon2.needsRehash(hash, argon2id)
}
