import type { Store } from './citizen.ts'

declare global {
  // TypeScript does not know WebOTP yet.
  interface CredentialRequestOptions {
    otp?: { transport: 'sms'[] }
  }
}

/** Uses localStorage, which every script of the page can read: load no scripts but your own. */
export function browserStore(name = 'citizen-auth'): Store {
  return {
    read: async () => JSON.parse(localStorage.getItem(name) ?? '{}'),
    write: async (kept) => localStorage.setItem(name, JSON.stringify(kept)),
    // Only pages over https (and localhost) have locks; without one, two tabs may both refresh, and get the same pair.
    alone: async (task) => (navigator.locks ? navigator.locks.request(name, task) : task())
  }
}

/** Reads the code from the SMS (WebOTP: needs APP_DOMAIN); undefined if the browser cannot. Abort once the code was typed. */
export async function codeFromSms(signal: AbortSignal): Promise<string | undefined> {
  if (!('OTPCredential' in globalThis)) return undefined
  const credential = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal })
  return credential && 'code' in credential ? String(credential.code) : undefined
}
