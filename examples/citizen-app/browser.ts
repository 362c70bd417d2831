import type { Store } from './citizen.ts'

declare global {
  // TypeScript does not know WebOTP yet.
  interface CredentialRequestOptions {
    otp?: { transport: 'sms'[] }
  }
}

/** localStorage, which every script of the page can read: load none that is not yours. */
export function browserStore(name = 'citizen-auth'): Store {
  return {
    read: async () => JSON.parse(localStorage.getItem(name) ?? '{}'),
    write: async (kept) => localStorage.setItem(name, JSON.stringify(kept)),
    // Only pages over https (and localhost) have locks; without one two tabs may refresh twice, and get the same pair.
    alone: async (task) => (navigator.locks ? navigator.locks.request(name, task) : task())
  }
}

/** The code out of the SMS (WebOTP: needs APP_DOMAIN); undefined where the browser cannot read it. Abort it when the citizen has typed the code. */
export async function codeFromSms(signal: AbortSignal): Promise<string | undefined> {
  if (!('OTPCredential' in globalThis)) return undefined
  const credential = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal })
  return credential && 'code' in credential ? String(credential.code) : undefined
}
