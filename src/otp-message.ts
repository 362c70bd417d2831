import { maskPhone } from './phone.ts'

/**
 * The SMS of a code, in Uzbek: "Sign-in code: 1234. Give it to nobody. Valid for 5 minutes." ASCII only, which keeps it
 * in GSM-7 and one part of 160 characters (a single ʻ would cost a second one).
 */
export function otpMessage(code: string, ttlSeconds: number): string {
  return `Kirish kodi: ${code}. Kodni hech kimga bermang. Amal qilish vaqti: ${Math.ceil(ttlSeconds / 60)} daqiqa.`
}

/** The SMS to the number that was given up: "Your account's number is now +99890*****67. If it was not you, call support." */
export function phoneChangedMessage(newNumber: string): string {
  return `Hisobingiz raqami ${maskPhone(newNumber)} ga almashtirildi. Bu siz bo'lmasangiz, xizmatga murojaat qiling.`
}
