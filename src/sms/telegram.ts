import type { Config } from '../config/settings.ts'
import { type ClientOptions, createGatewayClient, fieldsOf, kindOf } from './client.ts'
import { type FailureKind, type Gateway, GatewayFailure, type Taken } from './gateway.ts'

/** How long Telegram may try to deliver, in seconds (core.telegram.org/gateway/api, since 2025-02-26). */
const [MIN_TTL, MAX_TTL] = [30, 3600]

/** The meaning of an error, by the beginning of its name; any other is an outage, and the next gateway is tried. */
const KINDS: [begin: string, kind: FailureKind, advice: string][] = [
  ['ACCESS_TOKEN', 'auth', 'Telegram refused TELEGRAM_TOKEN; copy it from gateway.telegram.org'],
  ['BALANCE_NOT_ENOUGH', 'balance', 'the account at gateway.telegram.org is empty'],
  ['FLOOD_WAIT', 'rate_limited', 'Telegram asks to slow down'],
  // The number may just lack Telegram: whether it exists is for the other gateways to say.
  ['PHONE_NUMBER', 'unreachable', 'the number has no Telegram'],
  ['SENDER_', 'rejected', 'TELEGRAM_SENDER_USERNAME is no verified channel of this account'],
  ['CALLBACK_URL', 'rejected', 'SMS_CALLBACK_URL must be https and short'],
  ['CODE_', 'rejected', 'Telegram does not take this code'],
  ['TTL_INVALID', 'rejected', 'Telegram does not take OTP_TTL_SECONDS']
]

/** Codes by Telegram (core.telegram.org/gateway/api): cheaper where SMS is expensive, and out of reach of a SIM swap. */
export function createTelegramGateway(
  { url, token = '', senderUsername, callbackUrl }: Config['telegram'] & { callbackUrl?: string | undefined },
  options: ClientOptions
): Gateway {
  const client = createGatewayClient(url, options)
  return {
    name: 'telegram',
    close: client.close,
    async send({ to, code, ttlSeconds, signal }) {
      if (!code) throw new GatewayFailure('unreachable', 'Telegram carries codes only')
      const result = await call('sendVerificationMessage', signal, {
        phone_number: to,
        code,
        ttl: Math.min(Math.max(ttlSeconds, MIN_TTL), MAX_TTL),
        sender_username: senderUsername,
        callback_url: callbackUrl
      })
      return takenOf(result)
    },
    async isDelivered(providerId, signal) {
      const { delivery_status: delivery } = await call('checkVerificationStatus', signal, {
        request_id: providerId
      })
      const { status } = fieldsOf(delivery)
      return status === 'delivered' || status === 'read'
    },
    async noteUsed(providerId, code, signal) {
      await call('checkVerificationStatus', signal, { request_id: providerId, code })
    }
  }

  /** Every method answers `{ ok, result }` or `{ ok, error }`, whatever the HTTP status. @throws GatewayFailure */
  async function call(method: string, signal: AbortSignal, body: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${token}` }
    const { status, json } = await client.ask({ path: method, headers, body, signal })
    if (json.ok === true && typeof json.result === 'object') return fieldsOf(json.result)
    // Anything but an error's name could quote the call.
    if (typeof json.error !== 'string' || !/^[A-Z0-9_]+$/.test(json.error))
      throw new GatewayFailure(kindOf(status), `HTTP ${status} without an error's name`)
    const { error } = json
    const [, kind, advice] = KINDS.find(([begin]) => error.startsWith(begin)) ?? []
    throw new GatewayFailure(kind ?? 'unavailable', `${error}${advice ? ` (${advice})` : ''}`)
  }
}

/** @throws GatewayFailure `timeout` when the answer has no id: the message may have been accepted */
function takenOf({ request_id: id, request_cost: cost }: Record<string, unknown>): Taken {
  if (typeof id !== 'string') throw new GatewayFailure('timeout', 'an answer without a request_id')
  return { providerId: id, channel: 'telegram', parts: 1, ...(typeof cost === 'number' && { cost }) }
}
