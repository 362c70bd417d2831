import createClient from 'openapi-fetch'
import type { paths, TokenPair } from '../api.d.ts'

/** Where tokens are kept, out of reach of other apps: Keychain, Keystore, or what browser.ts uses. */
export interface Store {
  read(): Promise<Kept>
  write(kept: Kept): Promise<void>
  /** Runs a task while no other tab or process that shares this store runs one. */
  alone<Result>(task: () => Promise<Result>): Promise<Result>
}
/** The `device_token` identifies this device to the service; it is kept when the citizen signs out. */
export interface Kept {
  tokens?: TokenPair | undefined
  device_token?: string | undefined
}
interface Options {
  baseUrl: string
  store: Store
  /** The language of the messages and the SMS: uz, uz-Cyrl, kaa, ru or en. */
  language?: string
  /** The sign-in has ended, whoever ended it: show the sign-in screen. */
  onSignedOut: () => void
}

/** Nothing can be renewed: sign in again. A 401 from a proxy has no code, and ends nothing. */
const OVER = ['SESSION_ENDED', 'TOKEN_INVALID', 'TOKEN_MISSING']

/** Calls return `{ data, error, response }` (`error.code`: docs/for-your-app.md) and throw only when the network fails. */
export function createCitizen({ baseUrl, store, language = 'uz', onSignedOut }: Options) {
  const headers = { 'Accept-Language': language }
  const open = createClient<paths>({ baseUrl, headers })
  // The calls of a signed-in citizen, e.g. `api.GET('/api/users/me/')`, which renew the tokens automatically.
  const api = createClient<paths>({ baseUrl, headers, fetch: (request) => call(request) })
  let flight: Promise<Response | undefined> | undefined
  return { api, askForCode, signIn, signOut }

  /** Sends an SMS with a code. If the reply is lost, the call is repeated without sending a second SMS. */
  async function askForCode(phone_number: string) {
    // Not `crypto.randomUUID`, which only pages over https have.
    const header = { 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }
    const { device_token } = await store.read()
    const body = { phone_number, ...(device_token && { device_token }) }
    return again(() => open.POST('/api/auth/send-otp/', { params: { header }, body }))
  }

  /** Signs in with the code. If the reply is lost, the code may be spent: ask for another one. */
  async function signIn(phone_number: string, code: string) {
    const { device_token } = await store.read()
    const body = { phone_number, code, ...(device_token && { device_token }) }
    const reply = await open.POST('/api/auth/verify-otp/', { body })
    if (reply.data) {
      const { access, refresh, device_token: known = device_token } = reply.data
      await store.alone(() => store.write({ tokens: { access, refresh }, device_token: known }))
    }
    return reply
  }

  /** Forgets the tokens, then tells the service; throws if it cannot be reached. */
  async function signOut() {
    const { tokens } = await store.alone(forget)
    if (tokens) await open.POST('/api/auth/logout/', { body: { refresh: tokens.refresh } })
  }

  async function call(request: Request, isRetry = false): Promise<Response> {
    const { tokens } = await store.read()
    // A body can be sent only once, and the retry needs it too.
    const copy = request.clone()
    if (tokens) copy.headers.set('Authorization', `Bearer ${tokens.access}`)
    const reply = await fetch(copy)
    const code = reply.status === 401 ? await codeOf(reply) : ''
    if (code === 'TOKEN_EXPIRED' && tokens && !isRetry) {
      const refusal = await renew(tokens)
      return refusal?.clone() ?? call(request, true)
    }
    if (OVER.includes(code)) await store.alone(async () => (await isKept(tokens)) && forget())
    return reply
  }

  /** One refresh for all calls that need it; returns the reply if it was refused. */
  function renew(expired: TokenPair) {
    const land = () => {
      flight = undefined
    }
    flight ??= store.alone(() => refresh(expired)).finally(land)
    return flight
  }

  async function refresh(expired: TokenPair): Promise<Response | undefined> {
    // Another tab, or an earlier call, has already refreshed.
    if (!(await isKept(expired))) return undefined
    const body = { refresh: expired.refresh }
    const ask = () => open.POST('/api/auth/refresh/', { body, signal: AbortSignal.timeout(15_000) })
    const { data, error, response } = await again(ask)
    // Without locks, another tab may have signed out meanwhile, or somebody else in: what is kept now stays.
    if (!(await isKept(expired))) return undefined
    // Stored before it is used: a spent token that comes again after its successor was used counts as stolen.
    if (data) await store.write({ ...(await store.read()), tokens: data })
    else if ([...OVER, 'TOKEN_EXPIRED'].includes(error?.code)) await forget()
    return data ? undefined : new Response(JSON.stringify(error), response)
  }

  async function isKept(tokens: TokenPair | undefined): Promise<boolean> {
    return (await store.read()).tokens?.access === tokens?.access
  }

  async function forget(): Promise<Kept> {
    const kept = await store.read()
    await store.write({ device_token: kept.device_token })
    onSignedOut()
    return kept
  }
}

/** For calls that may be repeated: perhaps only the reply was lost, or the service is busy and a browser hides its 503. */
function again<Reply>(call: () => Promise<Reply>): Promise<Reply> {
  const later = () => new Promise((resolve) => setTimeout(resolve, 1_000))
  return call().catch(() => later().then(call))
}

/** The `code` of an error; empty if a proxy has answered. */
async function codeOf(reply: Response): Promise<string> {
  return /"code":"(\w+)"/.exec(await reply.clone().text())?.[1] ?? ''
}
