import { createHash } from 'node:crypto'

// The ids of a pair are derived from those of its parent, which only the owner of the tokens has. The database keeps only
// digests: enough to recognize a token, but nothing from which one could be made.

/** The id of the refresh token that follows this one. */
export function successorOf(refreshId: string): string {
  return hash('successor', refreshId)
}

/** The digest by which a session recognizes its refresh token. */
export function digestOf(refreshId: string): string {
  return hash('digest', refreshId)
}

/** The id of the access token in the pair of this refresh token: the same however often the pair is issued. */
export function accessIdOf(refreshDigest: string): string {
  return hash('access', refreshDigest)
}

function hash(purpose: 'access' | 'digest' | 'successor', id: string): string {
  return createHash('sha256').update(`${purpose}:${id}`).digest('base64url')
}
