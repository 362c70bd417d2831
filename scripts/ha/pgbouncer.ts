import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { freePort, startPrivate } from '../find-redis.ts'
import { startPgBouncer } from '../pgbouncer.ts'
import { startLoad } from './load.ts'
import { type Row, rowOf } from './report.ts'
import { startService } from './service.ts'

const LOAD_MS = 5_000

/** Two processes share a pooler, which in transaction mode has fewer sessions than they have connections. */
export async function behindPgBouncer(
  databaseUrl: string,
  mode: 'session' | 'transaction',
  prepare: boolean
): Promise<Row> {
  const name = `PgBouncer in ${mode} mode, DATABASE_PREPARE=${prepare}`
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const database = new URL(databaseUrl).pathname.slice(1)
  await admin.unsafe(`alter database ${database} set statement_timeout = '5s'`)
  await admin.unsafe(`alter database ${database} set lock_timeout = '500ms'`)
  await admin.end()
  const ignores = 'ignore_startup_parameters = statement_timeout,lock_timeout'
  const sessions = mode === 'transaction' ? ['default_pool_size = 4'] : []
  const pooler = await startPgBouncer(databaseUrl, [`pool_mode = ${mode}`, ignores, ...sessions])
  const redis = await startPrivate(await freePort())
  const stores = { DATABASE_URL: pooler.url, REDIS_URL: redis.url, DATABASE_PREPARE: `${prepare}` }
  try {
    const service = await startService(stores)
    const load = startLoad(service)
    await wait(LOAD_MS)
    const found = await load.stop()
    await service.close()
    return rowOf(name, found)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PoolerInTheWay') throw error
    const nothing = { requests: 0, answered: 0, failed: 0, wrongLogins: 0, usedTwice: 0 }
    return { case: `${name}: refused at start`, ...nothing, isGood: mode === 'transaction' && prepare }
  } finally {
    await redis.close()
    await pooler.close()
  }
}
