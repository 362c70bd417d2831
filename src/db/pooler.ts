import postgres from 'postgres'

/** How a pooler lends out PostgreSQL sessions; `none` means that each connection is a session itself. */
export type PoolMode = 'none' | 'session' | 'transaction'

/** DATABASE_URL leads to a pooler that cannot be used in this way. */
export class PoolerInTheWay extends Error {
  override name = 'PoolerInTheWay'
  constructor(why: string) {
    super(`DATABASE_URL leads to a connection pooler such as PgBouncer ${why}.`)
  }
}

interface Needs {
  /** Prepared statements, which exist only in the session that prepared them. */
  prepare: boolean
  /** State that outlives a transaction: temporary tables, session locks. */
  needsSession?: boolean | undefined
  /** Time limits that the server itself must enforce. */
  limits?: readonly Limit[]
}

type Limit = keyof typeof EXAMPLES
const EXAMPLES = { statement_timeout: '5s', lock_timeout: '500ms' }

/** How many rounds look for a shared session. If sessions are shared, nearly every round finds one. */
const ROUNDS = 20

/**
 * Verifies that connections behave like the PostgreSQL sessions that the caller needs.
 * @param another opens a client like this one
 * @throws PoolerInTheWay, or the driver's error when PostgreSQL is unreachable
 */
export async function assertUsable(
  client: postgres.Sql,
  another: () => postgres.Sql,
  { prepare, needsSession = false, limits = [] }: Needs
): Promise<void> {
  const mode = await poolModeOf(client, another)
  if (mode === 'none') return
  if (mode === 'transaction' && needsSession)
    throw new PoolerInTheWay(
      'in transaction mode, and this needs a session of its own: name PostgreSQL itself, or a pooler in session mode'
    )
  if (mode === 'transaction' && prepare)
    throw new PoolerInTheWay(
      'in transaction mode, which would run statements on sessions that do not know them: set DATABASE_PREPARE=false, or give it session mode'
    )
  const [given] =
    await client`select current_setting('statement_timeout') as statement_timeout, current_setting('lock_timeout') as lock_timeout`.simple()
  for (const limit of limits) {
    if (given?.[limit] === '0')
      throw new PoolerInTheWay(
        `that keeps ${limit} from PostgreSQL: give it to the role, e.g. alter role name set ${limit} = '${EXAMPLES[limit]}'`
      )
  }
}

async function poolModeOf(client: postgres.Sql, another: () => postgres.Sql): Promise<PoolMode> {
  const session = await client`select pg_backend_pid() as pid`.simple().catch((error: unknown) => {
    throw isRefusedParameter(error)
      ? new PoolerInTheWay(
          'that refuses our time limits: set ignore_startup_parameters = statement_timeout,lock_timeout there, and give them to the role'
        )
      : error
  })
  // PostgreSQL names the serving process when a session begins; a pooler makes that number up.
  if (session[0]?.pid === session.state.pid) return 'none'
  const [one, other] = [another(), another()]
  try {
    return (await isShared(one, other)) ? 'transaction' : 'session'
  } finally {
    await Promise.all([one.end({ timeout: 0 }), other.end({ timeout: 0 })])
  }
}

/** Whether a connection, between two transactions, lends its session to another connection or gets a different one back. */
async function isShared(one: postgres.Sql, other: postgres.Sql): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await processOf(one)
    const shared = await other
      .begin(async (sql) => (await processOf(sql)) === before || (await processOf(one)) !== before)
      .catch(async (error: unknown) => {
        // In statement mode PgBouncer hangs up on a transaction, and on nothing else.
        await processOf(one).catch(() => {
          throw error
        })
        throw new PoolerInTheWay('in statement mode, which has no transactions: give it another one')
      })
    if (shared) return true
  }
  return false
}

async function processOf(sql: postgres.Sql | postgres.TransactionSql): Promise<number> {
  const [row] = await sql`select pg_backend_pid() as pid`.simple()
  return Number(row?.pid)
}

/** PgBouncer accepts few startup parameters, and `statement_timeout` is not one of them. */
function isRefusedParameter(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.message.startsWith('unsupported startup parameter')
}
