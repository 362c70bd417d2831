/** A caller, and what the service gave them. Each has an address, which a proxy forwards: all from one would be an attack. */
export type Caller = Record<'phone_number' | 'address' | 'full_name', string> &
  Partial<Record<'password' | 'code' | 'device_token' | 'access' | 'refresh', string>>

/** Callers waiting for their next call: with a code, with the tokens of a sign-in or a refresh, or with a password. */
export type Queues = Record<'asked' | 'known' | 'renewed' | 'staff', Caller[]>

export interface Call {
  name: string
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  /** The queue that callers are taken from, and the one they join afterwards. */
  by: keyof Queues | 'strangers'
  become: keyof Queues
  /** The fields that callers send, and those of the reply that they keep. */
  sends: (keyof Caller)[]
  keeps?: (keyof Caller)[]
  /** Requests under way at the same time. */
  connections: number
  /** Only prepares the call of the same name, and is not measured. */
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

/** In the order in which they are made: more than the one-second cooldown passes between two codes for a number. */
export const calls: Call[] = [
  { ...send, name: 'send-otp', by: 'strangers' },
  { ...verify, name: 'verify-otp, new user' },
  { ...ofKnown, name: 'me', method: 'GET', path: '/api/users/me/', sends: [] },
  { ...ofKnown, name: 'profile', method: 'PATCH', path: '/api/users/profile/', sends: ['full_name'] },
  // The first use of a refreshed token costs one more statement, which the calls above would otherwise pay.
  { ...ofKnown, name: 'refresh', path: '/api/auth/refresh/', sends: ['refresh'], become: 'renewed' },
  {
    ...{ ...json, name: 'staff-login', path: '/api/auth/staff-login/', sends: ['phone_number', 'password'] },
    // Only as many hashes run at a time as there are cores: more logins would only wait.
    ...{ by: 'staff', become: 'staff', connections: 8 }
  },
  { ...send, name: 'verify-otp, known user', by: 'renewed', isPreparation: true },
  { ...verify, name: 'verify-otp, known user' }
]

/** The caller at this place in a row, whose phone number begins with these digits. */
export function callerOf(place: number, prefix = '+99890'): Caller {
  const address = [10, place >> 16, (place >> 8) & 255, place & 255].join('.')
  return { phone_number: `${prefix}${String(place).padStart(7, '0')}`, address, full_name: 'Aziza Karimova' }
}
