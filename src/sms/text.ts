import type { OtpPurpose } from '../plugins/otp.ts'

/**
 * The SMS of a code, in Uzbek: "Sign-in code: 1234. Give it to nobody. Valid for 5 minutes." It says what the code does:
 * who reads one for a change of number aloud gives the number away. ASCII only, which keeps it in GSM-7 and one part of
 * 160 characters (a single ʻ would cost a second one).
 */
export function otpMessage(purpose: OtpPurpose, code: string, ttlSeconds: number): string {
  const what = purpose === 'sign-in' ? 'Kirish kodi' : 'Raqamni boshqa hisobga biriktirish kodi'
  return `${what}: ${code}. Kodni hech kimga bermang. Amal qilish vaqti: ${Math.ceil(ttlSeconds / 60)} daqiqa.`
}

/** The SMS to a number that was given up: "Another number now signs in to your account. If it was not you, call support." */
export const phoneChangedMessage =
  "Hisobingizga endi boshqa raqam bilan kiriladi. Bu siz bo'lmasangiz, qo'llab-quvvatlash xizmatiga murojaat qiling."
