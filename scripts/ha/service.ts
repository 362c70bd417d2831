import { randomInt } from 'node:crypto'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/settings.ts'

export type Service = Awaited<ReturnType<typeof startService>>

const PLENTY = '1000000'
let numbers = randomInt(1_000_000)

/** A number that nothing else in this run has. */
export function nextNumber(): string {
  numbers += 1
  return `+99890${String(1_000_000 + (numbers % 9_000_000)).padStart(7, '0')}`
}

/** Starts the service twice on loopback, in place of two processes; its SMS stay here. */
export async function startService(stores: Environment) {
  const codes = new Map<string, string>()
  const gateway = {
    name: 'ha',
    send: async ({ to, code = '' }: { to: string; code?: string }) => {
      codes.set(to, code)
      return { providerId: to, channel: 'sms' as const, parts: 1 }
    }
  }
  const config = loadConfig({
    ...{ NODE_ENV: 'test', LOG_LEVEL: 'silent', HOST: '127.0.0.1', PORT: '0', DATABASE_POOL_MAX: '5' },
    ...{ JWT_SECRET: 'a secret of this run that signs the tokens', RATE_LIMIT_MAX: PLENTY },
    ...{ OTP_SECRET: 'a secret of this run that keys the digests', ADDRESS_FAILURES_PER_DAY: PLENTY },
    ...{ ADDRESS_SENDS_PER_HOUR: PLENTY, SMS_PER_DAY: PLENTY, SMS_PER_HOUR: PLENTY },
    ...{ STRICT_FAILURES_PER_DAY: PLENTY, STRICT_FAILURES_PER_TEN_MINUTES: PLENTY },
    // A machine that is busy with the load must not look like an outage.
    REDIS_TIMEOUT_MS: '1000',
    ...stores
  })
  const apps = [buildApp(config, { smsGateways: [gateway] }), buildApp(config, { smsGateways: [gateway] })]
  const closeAll = async () => void (await Promise.all(apps.map((app) => app.close())))
  const urls = await Promise.all(apps.map((app) => app.listen({ host: '127.0.0.1', port: 0 }))).catch(
    async (error: unknown) => {
      await closeAll()
      throw error
    }
  )
  return { urls, codeFor: (phone: string) => codes.get(phone) ?? '', close: closeAll }
}
