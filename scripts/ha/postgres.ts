import { setTimeout as wait } from 'node:timers/promises'
import { migrate } from '../../src/db/migrate.ts'
import { freePort, startPrivate } from '../find-redis.ts'
import { startLoad } from './load.ts'
import { startPair } from './postgres-pair.ts'
import { type Row, rowOf } from './report.ts'
import { startService } from './service.ts'

const BEFORE_MS = 2_000
/** Time from the death of the primary to the promotion of the standby. */
const WITHOUT_MS = 1_000
const AFTER_MS = 6_000

/** The primary dies under load, and the standby is promoted. */
export async function promotion(): Promise<Row> {
  const { primary, standby, urlOf, close } = await startPair()
  const url = `${urlOf(standby, primary)}?target_session_attrs=read-write`
  await migrate(url)
  const redis = await startPrivate(await freePort())
  const service = await startService({ DATABASE_URL: url, REDIS_URL: redis.url })
  const load = startLoad(service)
  await wait(BEFORE_MS)
  await primary.stop()
  await wait(WITHOUT_MS)
  await standby.promote()
  const at = performance.now()
  await wait(AFTER_MS)
  const found = await load.stop()
  await service.close()
  await redis.close()
  await close()
  return rowOf('PostgreSQL, primary dies, standby promoted', found, at)
}
