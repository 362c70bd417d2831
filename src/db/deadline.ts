import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { prepared } from './prepared.ts'

/** Until when the request behind a statement is waited for: ISO 8601, by the clock of the database. */
export interface Deadline {
  notAfter: string
}

/** For the operator's command: nobody has been told that it failed while it still waits. */
export const noDeadline: Deadline = { notAfter: 'infinity' }

/** A statement changed nothing, for its request had been answered when it arrived. */
export class StatementLate extends Error {
  override name = 'StatementLate'
}

/**
 * True while the request is waited for. A statement can spend minutes in the network, or behind a lock: what it would change
 * then was refused to its client, who may have done it again elsewhere.
 */
export const inTime = sql`clock_timestamp() < ${sql.placeholder('notAfter' satisfies keyof Deadline)}::timestamptz`

const lateness = prepared((db) =>
  db
    .select({ isInTime: sql<boolean>`${inTime}` })
    .from(sql`(values (1)) as one`)
    .prepare('lateness')
)

/** Tells a statement that found nothing from one that came too late. @throws StatementLate */
export async function assertInTime(db: Db, { notAfter }: Deadline): Promise<void> {
  const [row] = await lateness(db).execute({ notAfter })
  if (!row?.isInTime) throw new StatementLate('the request behind a statement was over')
}

/**
 * A transaction that changes nothing when it is late. It asks last, after all that waits: a condition of a statement is
 * judged before the statement waits for a lock, and not again unless the row was changed.
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

/** The clock of the database: milliseconds since 1970. */
export async function readClock(db: Db): Promise<number> {
  const [row] = await clock(db).execute({})
  return Number(row?.now)
}
