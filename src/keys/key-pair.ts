import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { StoredKey } from './jwk.ts'

/** Both halves of a key, as PEM. */
export function pemPair(key: StoredKey) {
  const { privateKey, publicKey } = load(key)
  return {
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }
}

/** The public part of a key. Its members are picked one by one, so that nothing else can slip through. */
export function publicJwk(key: StoredKey) {
  const { kty = '', crv = '', x = '', y } = load(key).publicKey.export({ format: 'jwk' })
  return { kty, crv, x, ...(y && { y }), kid: key.kid, alg: key.alg, use: 'sig' }
}

export type PublicJwk = ReturnType<typeof publicJwk>

/** The name of a key, derived from the key itself (RFC 7638), so that no two keys can share one. */
export function thumbprint({ crv, kty, x, y }: Partial<PublicJwk>): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

/** Whether the public half verifies what the private half signs: halves of different pairs load without an error. */
export function isPair(key: StoredKey): boolean {
  const digest = key.alg === 'ES256' ? 'sha256' : undefined
  const probe = Buffer.from(key.kid)
  try {
    const { privateKey, publicKey } = load(key)
    return verify(digest, probe, publicKey, sign(digest, probe, privateKey))
  } catch {
    return false
  }
}

function load(key: StoredKey): { privateKey: KeyObject; publicKey: KeyObject } {
  const { kty, crv, x, d } = key
  const half = { kty, crv, x, ...(key.alg === 'ES256' && { y: key.y }) }
  return {
    privateKey: createPrivateKey({ format: 'jwk', key: { ...half, d } }),
    publicKey: createPublicKey({ format: 'jwk', key: half })
  }
}
