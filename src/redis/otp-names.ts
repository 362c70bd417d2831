import { createHmac } from 'node:crypto'

/** Millions of numbers know a few devices and sources each: 128 bits (base64url) are enough to tell them apart. */
const NAME_LENGTH = 22

interface Asking {
  phone: string
  purpose: string
  address: string
}

/** What Redis is told instead of codes, devices and addresses: HMACs keyed by OTP_SECRET. */
export function otpNames(secret: string) {
  return { digest, sourceName, askerName, deviceName, keyName, askedName }

  /** Ten thousand codes are soon hashed: without the key, a digest tells nothing. */
  function digest({ phone, purpose }: Asking, code: string): string {
    return hmac(`${purpose}:${phone}:${code}`).digest('hex')
  }

  /** None for a number that is to be the new one: somebody else asks for it, and must not spend what it has. */
  function sourceName({ address, purpose }: Asking): string {
    return purpose === 'sign-in' ? name(`address:${address}`) : ''
  }

  /** For a number that is to be the new one, the user, whom the purpose names. */
  function askerName(caller: Asking): string {
    return sourceName(caller) || name(caller.purpose)
  }

  /** Empty without a token. */
  function deviceName(token: string | undefined): string {
    return token ? name(`device:${token}`) : ''
  }

  /** An `Idempotency-Key`: the same one for another purpose, or of another user, is another one. */
  function keyName(purpose: string, key: string): string {
    return name(`key:${purpose}:${key}`)
  }

  /** What is asked for with it, so that all spellings are one: the number (E.164), and as which device. */
  function askedName(phone: string, deviceToken = ''): string {
    return name(`asked:${phone}:${deviceToken}`)
  }

  function name(text: string): string {
    return hmac(text).digest('base64url').slice(0, NAME_LENGTH)
  }

  function hmac(text: string) {
    return createHmac('sha256', secret).update(text)
  }
}
