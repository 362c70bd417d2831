import { type Answer, fieldsOf, type GatewayClient, kindOf, objectOf, wordOf } from './client.ts'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface EskizAccount {
  email: string
  password: string
}

const LIFE_MS = 30 * 86_400_000
/** A token is not used in its last minute: it could end on the way. */
const MARGIN_MS = 60_000

/**
 * The token of an account at Eskiz: one login for all who need it, and none while it lives. A login that fails within
 * `patienceMs` leaves time for another gateway.
 */
export function createEskizLogin(
  client: GatewayClient,
  account: EskizAccount,
  patienceMs: number,
  refusal: (kind: FailureKind, status: number) => GatewayFailure
) {
  let token = ''
  let endsAt = 0
  let pending: Promise<string> | undefined
  return {
    /** @throws GatewayFailure, never `timeout`: no message has gone */
    async token(): Promise<string> {
      if (Date.now() < endsAt) return token
      pending ??= login().finally(() => {
        pending = undefined
      })
      return pending
    },
    /** Eskiz does not take it any more; who says so late does not end the one that came after. */
    drop(refused: string): void {
      if (refused === token) endsAt = 0
    }
  }

  async function login(): Promise<string> {
    const { status, json } = await answer()
    const { token: given } = fieldsOf(json.data)
    if (status < 300 && typeof given === 'string' && given) {
      token = given
      endsAt = endOf(given)
      return given
    }
    const kind = kindOf(status)
    throw refusal(kind === 'rejected' ? 'auth' : kind, status)
  }

  async function answer(): Promise<Answer> {
    const signal = AbortSignal.timeout(patienceMs)
    try {
      return await client.ask({ path: 'api/auth/login', body: account, signal })
    } catch (error) {
      throw new GatewayFailure('unavailable', 'Eskiz does not answer a login', { cause: error })
    }
  }
}

/** By our clock; a token that has ended by it says nothing, for that clock may be wrong. */
function endOf(token: string): number {
  const [, payload = ''] = token.split('.')
  const { exp } = objectOf(Buffer.from(payload, 'base64url').toString())
  const end = Number(wordOf(exp)) * 1_000 - MARGIN_MS
  return end > Date.now() ? end : Date.now() + LIFE_MS - MARGIN_MS
}
