import type { FastifyBaseLogger } from 'fastify'
import { balances } from '../telemetry/channels.ts'

/** Leaves a process that has just started time for more urgent work. */
const FIRST_MS = 1_000
const EVERY_MS = 3_600_000

/** Checks every hour whether a gateway's balance is below a minimum, and warns if so; `stop` ends the checks. */
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
