import { migrate } from '../../src/db/migrate.ts'
import { createProxy } from '../../test/proxy.ts'
import { buildPackage } from '../package.ts'
import { startPrivatePostgres } from '../private-postgres.ts'
import type { Undo } from '../undo.ts'
import { jumpingClock } from './clock.ts'
import { mountDisk } from './disk.ts'
import { startGateway } from './gateway.ts'
import { startRedis } from './redis.ts'
import { startService } from './service.ts'

export type Rig = Awaited<ReturnType<typeof startRig>>

const HANDLER_TIMEOUT_MS = 2_500
/** Every request must be answered within this time (ms), whatever is away; a busy machine needs some of it. */
export const LIMIT_MS = HANDLER_TIMEOUT_MS + 1_000

/** Every limit that would refuse the load. */
const NO_LIMITS = {
  RATE_LIMIT_MAX: '1000000',
  ADDRESS_SENDS_PER_HOUR: '1000000',
  ADDRESS_FAILURES_PER_DAY: '1000000',
  STRICT_FAILURES_PER_DAY: '1000000',
  STRICT_FAILURES_PER_TEN_MINUTES: '1000000',
  SMS_PER_HOUR: '1000000',
  SMS_PER_DAY: '1000000'
}

/** Starts the built service as two processes, with stores and a gateway of their own, and a proxy in front of each store. */
export async function startRig(undo: Undo) {
  await buildPackage('dist')
  const disk = mountDisk(undo)
  const [postgres, redis, gateway] = await Promise.all([
    startPrivatePostgres(
      { max_connections: '30', fsync: 'off', min_wal_size: '32MB', max_wal_size: '64MB' },
      { parent: disk.folder }
    ),
    startRedis(disk.folder, undo),
    startGateway(undo)
  ])
  undo.push(postgres.close)
  await migrate(postgres.url)
  const teardown = (end: () => unknown) => undo.push(end)
  const toPostgres = await createProxy({ teardown }, '127.0.0.1', postgres.port)
  const toRedis = await createProxy({ teardown }, '127.0.0.1', redis.port)
  const clock = jumpingClock(disk.folder)
  const settings = {
    ...NO_LIMITS,
    ...clock?.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'fatal',
    DATABASE_URL: toPostgres.url(postgres.url),
    REDIS_URL: toRedis.url(redis.url),
    SMS_GATEWAYS: 'webhook',
    WEBHOOK_URL: gateway.url,
    WEBHOOK_SECRET: 'a secret of the faults that signs messages',
    JWT_SECRET: 'a secret of the faults that signs the tokens',
    OTP_SECRET: 'a secret of the faults that keys the digests',
    DRAIN_SECONDS: '1',
    // Faults are shorter here than in real life, and so are the timeouts.
    HANDLER_TIMEOUT_MS: `${HANDLER_TIMEOUT_MS}`,
    DATABASE_TIMEOUT_MS: '1000',
    SMS_TIMEOUT_MS: '1000',
    SMS_CONNECT_TIMEOUT_MS: '500',
    SMS_PROBE_MS: '500'
  }
  const services = await Promise.all([startService(settings), startService(settings)])
  for (const { end } of services) undo.push(() => end('SIGKILL'))
  return { clock, disk, postgres, redis, gateway, toPostgres, toRedis, services }
}
