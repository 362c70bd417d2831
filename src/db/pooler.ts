import postgres from 'postgres'

/** How a pooler lends sessions of PostgreSQL; `none`: connections are such sessions themselves. */
export type PoolMode = 'none' | 'session' | 'transaction'

/** DATABASE_URL leads to a pooler that cannot be used so. */
export class PoolerInTheWay extends Error {
  override name = 'PoolerInTheWay'
  constructor(why: string) {
    super(`DATABASE_URL leads to a connection pooler such as PgBouncer ${why}.`)
  }
}

interface Needs {
  /** Prepared statements, which belong to a session: another one would not know them. */
  prepare: boolean
  /** What lives between transactions: temporary tables, locks of a session. */
  needsSession?: boolean | undefined
  /** What the server must give up by itself. */
  limits?: readonly Limit[]
}

type Limit = keyof typeof EXAMPLES
const EXAMPLES = { statement_timeout: '5s', lock_timeout: '500ms' }

/** A session that another connection got in between is found in nearly every round, so none of them may show one. */
const ROUNDS = 20

/**
 * Makes sure that what is said on connections is understood as on sessions of PostgreSQL.
 * @param another opens a client like this one
 * @throws PoolerInTheWay, or what the driver says when PostgreSQL is away
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
  // The process that a session names when it begins is the one that serves it; a pooler makes that number up.
  if (session[0]?.pid === session.state.pid) return 'none'
  const [one, other] = [another(), another()]
  try {
    return (await isShared(one, other)) ? 'transaction' : 'session'
  } finally {
    await Promise.all([one.end({ timeout: 0 }), other.end({ timeout: 0 })])
  }
}

/** Whether a connection that is between two transactions lends its session to another, or gets another one back. */
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

/** PgBouncer knows few settings that a connection may begin with, and `statement_timeout` is none of them. */
function isRefusedParameter(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.message.startsWith('unsupported startup parameter')
}
