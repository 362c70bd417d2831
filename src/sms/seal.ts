import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { OtpSecrets } from '../redis/otp-names.ts'

const ALGORITHM = 'aes-256-gcm'
const [NONCE, TAG] = [12, 16]

/**
 * Encrypts texts for a store that must not reveal them: AES-256-GCM (NIST SP 800-38D), under a key that HKDF derives from the
 * secret. `open` also reads what was sealed with the accepted secret; it returns undefined for text that was sealed with any
 * other secret, or changed.
 */
export function createSeal({ secret, acceptedSecret }: OtpSecrets, purpose: string) {
  const { seal, open } = sealBy(secret, purpose)
  const accepted = acceptedSecret ? sealBy(acceptedSecret, purpose) : undefined
  return { seal, open: (sealed: string) => open(sealed) ?? accepted?.open(sealed) }
}

function sealBy(secret: string, purpose: string) {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  return {
    seal(text: string): string {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv(ALGORITHM, key, nonce)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(sealed: string): string | undefined {
      const bytes = Buffer.from(sealed, 'base64url')
      try {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE))
        decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
        return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString(
          'utf8'
        )
      } catch {
        return undefined
      }
    }
  }
}
