import { type SQL, sql } from 'drizzle-orm'
import { pseudonymOf } from './audit.ts'
import type { Db } from './client.ts'
import { assertInTime, type Deadline, inTime } from './deadline.ts'
import { prepared } from './prepared.ts'
import { type Role, type Session, sessions, users } from './schema.ts'

/** What a new session starts with; lifetimes are in seconds. */
export interface NewSession extends Deadline {
  idleSeconds: number
  absoluteSeconds: number
  userAgent: string | null
  ip: string
}

export interface NewCitizenSession extends NewSession {
  /** Digest of the first refresh token's id. */
  refreshDigest: string
  /** After this many days without a sign-in the number may have a new owner: older sessions end, the profile is put away. */
  dormantDays: number
}

const given = (name: keyof NewCitizenSession | 'phone' | 'userId' | 'passwordHash') => sql.placeholder(name)

const { id, userId, createdAt, expiresAt, absoluteExpiresAt, generation, refreshedAt } = sessions
const sessionColumns = { id, userId, createdAt, expiresAt, absoluteExpiresAt, generation, refreshedAt }
export type OpenedSession = Pick<Session, keyof typeof sessionColumns>

/** Opens a session for the user that the step `owner` found; none if it found nobody. */
const opened = (db: Db, role: Role, refreshDigest: SQL) =>
  db.$with('opened', sessionColumns).as(sql`
    insert into sessions (user_id, role, expires_at, absolute_expires_at, refresh_digest, user_agent, ip)
    select id, ${sql.raw(`'${role}'`)},
      now() + make_interval(secs => least(${given('idleSeconds')}::int, ${given('absoluteSeconds')}::int)),
      now() + make_interval(secs => ${given('absoluteSeconds')}::int),
      ${refreshDigest}, ${given('userAgent')}, ${given('ip')}
    from owner
    returning *`)

const hiddenColumns = {
  fullName: users.fullName,
  wasDormant: sql<boolean>`was_dormant`.as('was_dormant'),
  isHidden: sql<boolean>`is_hidden`.as('is_hidden')
}

/** One statement: finds the owner and records the sign-in; for a dormant account, ends old sessions and hides the profile. */
const citizenStatement = (name: string, findOwner: SQL) =>
  prepared((db) => {
    const owner = db.$with('owner', {}).as(findOwner)
    // The profile of staff is never hidden: the operator entered their name, not a previous owner of the number.
    const hidden = db.$with('hidden', hiddenColumns).as(sql`
      select *, was_dormant and not exists (select from staff_profiles where user_id = owner.id) as is_hidden from owner`)
    const seen = db.$with('seen', {}).as(sql`
      update users set last_sign_in_at = now(),
        full_name = case when is_hidden then null else users.full_name end,
        neighborhood = case when is_hidden then null else users.neighborhood end,
        location = case when is_hidden then null else users.location end
      from hidden where users.id = hidden.id`)
    const putAway = db.$with('put_away', {}).as(sql`
      insert into put_away_profiles (user_id, full_name, neighborhood, location)
      select id, full_name, neighborhood, location from hidden
      where is_hidden and num_nonnulls(full_name, neighborhood, location) > 0
      on conflict (user_id) do update set full_name = excluded.full_name, neighborhood = excluded.neighborhood,
        location = excluded.location, put_away_at = excluded.put_away_at
      returning user_id`)
    const ended = db.$with('ended', {}).as(sql`
      update sessions set ended_at = now() from owner where user_id = owner.id and was_dormant and ended_at is null`)
    const noted = db.$with('noted', {}).as(sql`
      insert into audit_events (event, user_id, pseudonym) select event, id, ${pseudonymOf(sql`id`)} from (
        select 'dormant_sign_in' as event, id from owner where was_dormant
        union all select 'profile_put_away', user_id from put_away
      ) what`)
    const session = opened(db, 'citizen', sql`${given('refreshDigest')}`)
    const steps = db.with(owner, hidden, seen, putAway, ended, noted, session)
    return steps.select().from(session).innerJoin(hidden, sql`true`).prepare(name)
  })

// `for update` waits for a concurrent change or deletion of the user, and then reads the result.
const sessionOfKnown = citizenStatement(
  'session_of_known',
  // An account that never signed in by SMS counts from its creation.
  sql`select id, full_name, neighborhood, location,
    coalesce(last_sign_in_at, created_at) < now() - make_interval(days => ${given('dormantDays')}) as was_dormant
    from users where phone_number = ${given('phone')} and is_active and ${inTime} for update`
)

const sessionOfNew = citizenStatement(
  'session_of_new',
  sql`insert into users (phone_number, last_sign_in_at) select ${given('phone')}, now() where ${inTime}
    on conflict do nothing returning id, full_name, neighborhood, location, false as was_dormant`
)

const sessionOfStaff = prepared((db) => {
  const owner = db.$with('owner', {}).as(sql`
    select id from users where id = ${given('userId')} and password_hash = ${given('passwordHash')} and is_active
    and ${inTime} for update`)
  const session = opened(db, 'staff', sql`null`)
  return db.with(owner, session).select().from(session).prepare('session_of_staff')
})

/**
 * Opens a citizen's session; the first sign-in with a number (E.164) creates the user. `isNew` is true exactly once, even when
 * several sign-ins race. Undefined when the account is disabled.
 * @throws StatementLate
 */
export async function signInCitizen(db: Db, phone: string, session: NewCitizenSession) {
  // Three tries, because another request may create the user between the first two.
  for (const statement of [sessionOfKnown, sessionOfNew, sessionOfKnown]) {
    const [row] = await statement(db).execute({ ...session, phone })
    if (!row) continue
    const { fullName, wasDormant, isHidden } = row.hidden
    return {
      ...row.opened,
      ...{ wasDormant, fullName: isHidden ? null : fullName, isNew: statement === sessionOfNew }
    }
  }
  await assertInTime(db, session)
  return undefined
}

/**
 * Opens a staff session; undefined when the password hash is no longer the user's, or the account is disabled.
 * @throws StatementLate
 */
export async function signInStaff(
  db: Db,
  user: { userId: string; passwordHash: string | null },
  session: NewSession
): Promise<OpenedSession | undefined> {
  const [row] = await sessionOfStaff(db).execute({ ...session, ...user })
  if (!row) await assertInTime(db, session)
  return row
}
