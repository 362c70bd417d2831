import { createHmac, randomBytes } from 'node:crypto'

/** Millions of numbers know a few devices and sources each: 128 bits (base64url) are enough to tell them apart. */
const NAME_LENGTH = 22

/** Names what is counted or kept, so that it can be found again: 96 random bits in half of the characters of a UUID. */
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
  /** While the secret is changed, the other one: what it names is found as well. */
  acceptedSecret?: string
}

/** What Redis is told instead of codes, devices and addresses: HMACs keyed by OTP_SECRET. */
export function otpNames({ secret, acceptedSecret }: OtpSecrets) {
  const names = namesBy(secret)
  const accepted = acceptedSecret ? namesBy(acceptedSecret) : undefined
  return { ...names, namesOf, digestsOf }

  /** Who asks, under both secrets; empty names where there is one secret. */
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

  /** A code that was brought, under both secrets; the second is empty where there is one secret. */
  function digestsOf(asking: Asking, code: string) {
    return { digest: names.digest(asking, code), accepted_digest: accepted?.digest(asking, code) ?? '' }
  }
}

function namesBy(secret: string) {
  return { digest, sourceName, askerName, deviceName }

  /** Ten thousand codes are soon hashed: without the key, a digest tells nothing. */
  function digest({ phone, purpose }: Asking, code: string): string {
    return hmac(`${purpose}:${phone}:${code}`).digest('hex')
  }

  /** None for a number that is to be the new one: somebody else asks for it, and must not spend what it has. */
  function sourceName({ address, purpose }: Asking): string {
    return purpose === 'sign-in' ? name(`address:${address}`) : ''
  }

  /** For a number that is to be the new one, the user, whom the purpose names. */
  function askerName(asking: Asking): string {
    return sourceName(asking) || name(asking.purpose)
  }

  /** Empty without a token. */
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
