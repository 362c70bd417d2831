import { SegmentedMessage } from 'sms-segments-calculator'
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

/**
 * The parts that the SMS of a code is charged as at most, whatever the code is for. Asked once: it takes a fifth of a
 * millisecond.
 */
export function otpMessageParts(longestCode: number, ttlSeconds: number): number {
  const purposes = ['sign-in', 'change-phone:'] as const
  const texts = purposes.map((purpose) => otpMessage(purpose, '0'.repeat(longestCode), ttlSeconds))
  return Math.max(...texts.map((text) => new SegmentedMessage(text).segmentsCount))
}

/** The SMS to a number that was given up: "Another number now signs in to your account. If it was not you, call support." */
export const phoneChangedMessage =
  "Hisobingizga endi boshqa raqam bilan kiriladi. Bu siz bo'lmasangiz, qo'llab-quvvatlash xizmatiga murojaat qiling."
