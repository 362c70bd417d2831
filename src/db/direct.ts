import postgres from 'postgres'

/** DATABASE_URL leads to a pooler, behind which our prepared statements would be answered with rows of other statements. */
export class PoolerInTheWay extends Error {
  override name = 'PoolerInTheWay'
  constructor() {
    super(
      'DATABASE_URL leads to a connection pooler such as PgBouncer, which this service cannot use yet: name PostgreSQL itself, by its own host and port (usually 5432).'
    )
  }
}

/**
 * Makes sure that connections of the pool are sessions of PostgreSQL. The process that a session names when it begins is the
 * one that serves it; a pooler makes that number up.
 * @throws PoolerInTheWay, or what the driver says when PostgreSQL is away
 */
export async function assertDirect(client: postgres.Sql): Promise<void> {
  const session = await client`select pg_backend_pid() as pid`.simple().catch((error: unknown) => {
    throw isPoolersRefusal(error) ? new PoolerInTheWay() : error
  })
  if (session[0]?.pid !== session.state.pid) throw new PoolerInTheWay()
}

/** PgBouncer knows few settings that a connection may begin with, and `statement_timeout` is none of them. */
function isPoolersRefusal(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.message.startsWith('unsupported startup parameter')
}
