import createClient from 'openapi-fetch'
import type { paths } from '../api.d.ts'

/** Where the token is kept: `sessionStorage`, which ends with the tab. */
export interface Keeper {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

interface Options {
  baseUrl: string
  keeper: Keeper
  /** The language of the messages: uz, uz-Cyrl, kaa, ru or en. */
  language?: string
  /** The working day is over, or an administrator ended the session: show the sign-in page. */
  onSignedOut: () => void
}

const KEPT = 'citizen-auth-staff'
/** Staff have no refresh token: after any of these, only the sign-in page is left. */
const OVER = ['TOKEN_EXPIRED', 'SESSION_ENDED', 'TOKEN_INVALID', 'TOKEN_MISSING']

/** The outcome of a sign-in. `for-citizens`: the password is right, but this is not a staff account. */
export type SignIn =
  | { outcome: 'signed-in'; departmentId: string }
  | { outcome: 'for-citizens' | 'refused' | 'wait'; message: string; seconds: number }

/** `signIn`, `signOut` and the calls of signed-in staff (`api.GET('/api/users/me/')`) throw only when the network fails. */
export function createDashboard({ baseUrl, keeper, language = 'uz', onSignedOut }: Options) {
  const headers = { 'Accept-Language': language }
  const open = createClient<paths>({ baseUrl, headers })
  const api = createClient<paths>({ baseUrl, headers, fetch: call })
  return { api, signIn, signOut }

  async function signIn(phone_number: string, password: string): Promise<SignIn> {
    const { data, error } = await open.POST('/api/auth/staff-login/', { body: { phone_number, password } })
    if (data) {
      keeper.setItem(KEPT, data.access)
      return { outcome: 'signed-in', departmentId: data.department_id }
    }
    // Not our JSON: a proxy has answered.
    if (typeof error !== 'object') return { outcome: 'wait', message: '', seconds: 1 }
    const { code, message, retry_after = 0 } = error
    if (code === 'STAFF_PROFILE_REQUIRED') return { outcome: 'for-citizens', message, seconds: 0 }
    return { outcome: retry_after > 0 ? 'wait' : 'refused', message, seconds: retry_after }
  }

  /** Tells the service, and forgets the token even if it cannot be reached. */
  async function signOut(): Promise<void> {
    const access = keeper.getItem(KEPT)
    await api.POST('/api/auth/logout/').finally(() => forget(access))
  }

  async function call(request: Request): Promise<Response> {
    const access = keeper.getItem(KEPT)
    if (access) request.headers.set('Authorization', `Bearer ${access}`)
    const reply = await fetch(request)
    if (reply.status === 401 && OVER.includes(await codeOf(reply))) forget(access)
    return reply
  }

  /** Keeps the token if somebody has signed in meanwhile. */
  function forget(access: string | null): void {
    if (keeper.getItem(KEPT) !== access) return
    keeper.removeItem(KEPT)
    onSignedOut()
  }
}

/** The `code` of an error; empty if a proxy has answered. */
async function codeOf(reply: Response): Promise<string> {
  return /"code":"(\w+)"/.exec(await reply.clone().text())?.[1] ?? ''
}
