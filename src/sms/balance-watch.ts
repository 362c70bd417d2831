import type { FastifyBaseLogger } from 'fastify'
import { balances } from '../telemetry/channels.ts'

/** A process that has just started has more to do than this. */
const FIRST_MS = 1_000
const EVERY_MS = 3_600_000

/** Looks once an hour whether a gateway's balance is below a minimum, and warns; `stop` ends that. */
export function watchBalance(
  gateway: string,
  minimum: number,
  read: () => Promise<number>,
  log: FastifyBaseLogger
): { stop(): void } {
  const first = setTimeout(look, FIRST_MS).unref()
  const others = setInterval(look, EVERY_MS).unref()
  return {
    stop() {
      clearTimeout(first)
      clearInterval(others)
    }
  }

  async function look(): Promise<void> {
    try {
      const balance = await read()
      balances.publish({ gateway, balance })
      const fields = { event: 'sms_balance_low', gateway, balance, minimum }
      if (balance < minimum) log.warn(fields, 'the money of a gateway runs out: top up the account')
    } catch (error) {
      log.warn({ event: 'sms_balance_unknown', gateway, err: error }, 'a gateway did not tell its balance')
    }
  }
}
