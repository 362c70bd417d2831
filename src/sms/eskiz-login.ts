import { type Answer, fieldsOf, type GatewayClient, kindOf, objectOf, wordOf } from './client.ts'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface EskizAccount {
  email: string
  password: string
}

const LIFE_MS = 30 * 86_400_000
/** A token is not used in its last minute, because it could expire on the way. */
const MARGIN_MS = 60_000

/**
 * Gets the token of an Eskiz account: callers share one login, and there is none while the token lives. A login gives up
 * after `patienceMs`, which leaves time for another gateway.
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
    /** @throws GatewayFailure, but never `timeout`, because no message has been sent */
    async token(): Promise<string> {
      if (Date.now() < endsAt) return token
      pending ??= login().finally(() => {
        pending = undefined
      })
      return pending
    },
    /** Forgets a token that Eskiz no longer accepts; a late refusal of an old token does not drop its successor. */
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

/** The expiry by our clock. A token that seems expired already is trusted for LIFE_MS, because our clock may be wrong. */
function endOf(token: string): number {
  const [, payload = ''] = token.split('.')
  const { exp } = objectOf(Buffer.from(payload, 'base64url').toString())
  const end = Number(wordOf(exp)) * 1_000 - MARGIN_MS
  return end > Date.now() ? end : Date.now() + LIFE_MS - MARGIN_MS
}
