import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { prepared } from './prepared.ts'

/** The moment until which a statement's request is still open: ISO 8601, by the database's clock. */
export interface Deadline {
  notAfter: string
}

/** For the operator's command, which never reports a failure while a statement is still waiting. */
export const noDeadline: Deadline = { notAfter: 'infinity' }

/** A statement changed nothing, because its request had already been answered when it arrived. */
export class StatementLate extends Error {
  override name = 'StatementLate'
}

/**
 * True while the request is still open. A statement can spend minutes in the network or behind a lock; by then its client has
 * been refused, and may have made the change again elsewhere.
 */
export const inTime = sql`clock_timestamp() < ${sql.placeholder('notAfter' satisfies keyof Deadline)}::timestamptz`

const lateness = prepared((db) =>
  db
    .select({ isInTime: sql<boolean>`${inTime}` })
    .from(sql`(values (1)) as one`)
    .prepare('lateness')
)

/** Distinguishes a statement that found nothing from one that came too late. @throws StatementLate */
export async function assertInTime(db: Db, { notAfter }: Deadline): Promise<void> {
  const [row] = await lateness(db).execute({ notAfter })
  if (!row?.isInTime) throw new StatementLate('the request behind a statement was over')
}

/**
 * Runs a transaction that changes nothing when it is late. The deadline is checked last, after every wait: the condition of a
 * statement is evaluated before it waits for a lock, and again only if the row has changed.
 * @throws StatementLate
 */
export async function transactionInTime<Result>(
  db: Db,
  deadline: Deadline,
  work: (tx: Db) => Promise<Result>
): Promise<Result> {
  return db.transaction(async (tx) => {
    const result = await work(tx)
    await assertInTime(tx, deadline)
    return result
  })
}

const clock = prepared((db) =>
  db
    .select({ now: sql<string>`extract(epoch from clock_timestamp()) * 1000` })
    .from(sql`(values (1)) as one`)
    .prepare('clock')
)

/** Reads the database's clock, in milliseconds since 1970. */
export async function readClock(db: Db): Promise<number> {
  const [row] = await clock(db).execute({})
  return Number(row?.now)
}
