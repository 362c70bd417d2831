import { createHash } from 'node:crypto'

// The ids of a pair follow from those of its parent, which only the owner of the tokens has: the database keeps nothing
// from which a token could be made, and needs no more to know one.

/** The id of the refresh token that follows this one. */
export function successorOf(refreshId: string): string {
  return hash('successor', refreshId)
}

/** By which a session knows its refresh token. */
export function digestOf(refreshId: string): string {
  return hash('digest', refreshId)
}

/** The id of the access token in the pair of this refresh token: however often it is given, it names its pair. */
export function accessIdOf(refreshDigest: string): string {
  return hash('access', refreshDigest)
}

function hash(purpose: 'access' | 'digest' | 'successor', id: string): string {
  return createHash('sha256').update(`${purpose}:${id}`).digest('base64url')
}
