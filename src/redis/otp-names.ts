import { createHmac, randomBytes } from 'node:crypto'

/** Millions of numbers each know a few devices and sources: 128 bits (base64url) are enough to tell them apart. */
const NAME_LENGTH = 22

/** Returns a name by which a counted or stored entry can be found again: 96 random bits, half as long as a UUID. */
export function entryName(): string {
  return randomBytes(12).toString('base64url')
}

interface Asking {
  phone: string
  purpose: string
  address: string
  deviceToken?: string | undefined
}

export interface OtpSecrets {
  secret: string
  /** The other secret while the secret is being rotated: names made with it are found as well. */
  acceptedSecret?: string
}

/** Makes the names that Redis gets instead of codes, devices and addresses: HMACs keyed by OTP_SECRET. */
export function otpNames({ secret, acceptedSecret }: OtpSecrets) {
  const names = namesBy(secret)
  const accepted = acceptedSecret ? namesBy(acceptedSecret) : undefined
  return { ...names, namesOf, digestsOf }

  /** The names of the caller under both secrets; the accepted names are empty when there is only one secret. */
  function namesOf(asking: Asking) {
    return {
      device: names.deviceName(asking.deviceToken),
      source: names.sourceName(asking),
      asker: names.askerName(asking),
      accepted_device: accepted?.deviceName(asking.deviceToken) ?? '',
      accepted_source: accepted?.sourceName(asking) ?? '',
      accepted_asker: accepted?.askerName(asking) ?? ''
    }
  }

  /** The digests of a submitted code under both secrets; the second is empty when there is only one secret. */
  function digestsOf(asking: Asking, code: string) {
    return { digest: names.digest(asking, code), accepted_digest: accepted?.digest(asking, code) ?? '' }
  }
}

function namesBy(secret: string) {
  return { digest, sourceName, askerName, deviceName }

  /** All ten thousand codes can be hashed quickly: only the key keeps a digest from revealing its code. */
  function digest({ phone, purpose }: Asking, code: string): string {
    return hmac(`${purpose}:${phone}:${code}`).digest('hex')
  }

  /** Empty for a number that is to become a new one: somebody else asks for it, and must not use up what its owner has left. */
  function sourceName({ address, purpose }: Asking): string {
    return purpose === 'sign-in' ? name(`address:${address}`) : ''
  }

  /** For a number that is to become a new one, the name stands for the user, who is part of the purpose. */
  function askerName(asking: Asking): string {
    return sourceName(asking) || name(asking.purpose)
  }

  /** Empty if there is no token. */
  function deviceName(token: string | undefined): string {
    return token ? name(`device:${token}`) : ''
  }

  function name(text: string): string {
    return hmac(text).digest('base64url').slice(0, NAME_LENGTH)
  }

  function hmac(text: string) {
    return createHmac('sha256', secret).update(text)
  }
}
