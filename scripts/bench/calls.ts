/** Who calls, and what the service gave them. Each has an address, which a proxy forwards: all from one would be an attack. */
export type Caller = Record<'phone_number' | 'address' | 'full_name', string> &
  Partial<Record<'password' | 'code' | 'device_token' | 'access' | 'refresh', string>>

/** Callers who wait for their next call: with a code, with the tokens of a sign-in or of a refresh, and with a password. */
export type Queues = Record<'asked' | 'known' | 'renewed' | 'staff', Caller[]>

export interface Call {
  name: string
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  /** Whose turn it is, and what they are after it. */
  by: keyof Queues | 'strangers'
  become: keyof Queues
  /** What callers send of what they have, and what of the reply they keep. */
  sends: (keyof Caller)[]
  keeps?: (keyof Caller)[]
  /** Requests under way at the same time. */
  connections: number
  /** Only makes ready for the call that has the same name. */
  isPreparation?: true
}

const json = { method: 'POST', connections: 50 } as const
const ofKnown = { ...json, by: 'known', become: 'known' } as const
const send: Omit<Call, 'name' | 'by'> = {
  ...{ ...json, path: '/api/auth/send-otp/', sends: ['phone_number', 'device_token'], become: 'asked' }
}
const verify: Omit<Call, 'name'> = {
  ...{ ...json, path: '/api/auth/verify-otp/', by: 'asked', become: 'known' },
  ...{ sends: ['phone_number', 'code', 'device_token'], keeps: ['access', 'refresh', 'device_token'] }
}

/** In the order in which they are made: between two codes for a number lies more than the second that it must wait. */
export const calls: Call[] = [
  { ...send, name: 'send-otp', by: 'strangers' },
  { ...verify, name: 'verify-otp, new user' },
  { ...ofKnown, name: 'me', method: 'GET', path: '/api/users/me/', sends: [] },
  { ...ofKnown, name: 'profile', method: 'PATCH', path: '/api/users/profile/', sends: ['full_name'] },
  // The first use of a renewed token costs a statement more, which the calls before would pay for this one.
  { ...ofKnown, name: 'refresh', path: '/api/auth/refresh/', sends: ['refresh'], become: 'renewed' },
  {
    ...{ ...json, name: 'staff-login', path: '/api/auth/staff-login/', sends: ['phone_number', 'password'] },
    // As many hashes as there are cores run at a time: more logins would only wait.
    ...{ by: 'staff', become: 'staff', connections: 8 }
  },
  { ...send, name: 'verify-otp, known user', by: 'renewed', isPreparation: true },
  { ...verify, name: 'verify-otp, known user' }
]

/** A caller of this number in a row, whose phone number begins with these digits. */
export function callerOf(place: number, prefix = '+99890'): Caller {
  const address = [10, place >> 16, (place >> 8) & 255, place & 255].join('.')
  return { phone_number: `${prefix}${String(place).padStart(7, '0')}`, address, full_name: 'Aziza Karimova' }
}
