import { totalmem } from 'node:os'
import { startPrivatePostgres } from '../../private-postgres.ts'
import type { Undo } from '../../undo.ts'

/** The plans are what matters, so the tables get the memory that a server for a whole country would give them. */
const SHARED_BUFFERS_MB = Math.round((0.35 * totalmem()) / 2 ** 20)
const SETTINGS = {
  ...{ shared_buffers: `${SHARED_BUFFERS_MB}MB`, maintenance_work_mem: '512MB' },
  ...{ max_wal_size: '8GB', checkpoint_timeout: '1h', wal_compression: 'lz4' },
  // The benchmark makes the statistics itself, and nothing else may run beside the calls.
  autovacuum: 'off'
}
const SAFETY = ['fsync', 'full_page_writes', 'synchronous_commit']

export type RoomyPostgres = Awaited<ReturnType<typeof startRoomyPostgres>>

/** Starts a PostgreSQL for this process alone, with a third of the machine's memory. */
export async function startRoomyPostgres(undo: Undo) {
  const { url, ask, close } = await startPrivatePostgres(SETTINGS)
  undo.push(close)
  const [row] = await ask("select current_setting('server_version') as version")
  return {
    url,
    description: `PostgreSQL ${row?.version}, shared_buffers ${SHARED_BUFFERS_MB} MB`,
    ask,
    beSafe
  }

  /** Sets whether writes must survive a crash; they need not while tables are filled. */
  async function beSafe(isSafe: boolean): Promise<void> {
    for (const name of SAFETY) await ask(`alter system set ${name} = ${isSafe ? 'on' : 'off'}`)
    await ask('select pg_reload_conf()')
    await ask('checkpoint')
  }
}
