import { type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { prepared } from './prepared.ts'
import { type Role, sessions, users } from './schema.ts'

/** What a session starts with; the lifetimes in seconds. */
export interface NewSession {
  idleSeconds: number
  absoluteSeconds: number
  /** Of the first refresh token's id; null where there is none. */
  refreshDigest: string | null
  userAgent: string | null
  ip: string
  /** A sign-in after so many days without one ends every older session: the number may have a new owner. */
  dormantDays: number
}

const given = (name: keyof NewSession | 'phone' | 'userId' | 'passwordHash') => sql.placeholder(name)

/**
 * One statement that opens a session for the user whom `owner` selects (`id`, `full_name`, `was_dormant`), and does
 * nothing when it selects nobody. A sign-in, a change of number and a deletion of one user take turns at the user's row.
 */
function openSession(db: Db, name: string, role: Role, owner: SQL) {
  const owned = db
    .$with('owner', { fullName: users.fullName, wasDormant: sql<boolean>`was_dormant`.as('was_dormant') })
    .as(owner)
  const seen = db
    .$with('seen', {})
    .as(sql`update users set last_sign_in_at = now() from owner where users.id = owner.id`)
  const ended = db.$with('ended', {}).as(sql`update sessions set ended_at = now() from owner
    where user_id = owner.id and was_dormant and ended_at is null`)
  const noted = db.$with('noted', {}).as(sql`insert into audit_events (event, user_id)
    select 'dormant_sign_in', id from owner where was_dormant`)
  const opened = db.$with('opened', sessionColumns).as(sql`
    insert into sessions (user_id, role, expires_at, absolute_expires_at, refresh_digest, user_agent, ip)
    select id, ${sql.raw(`'${role}'`)},
      now() + make_interval(secs => least(${given('idleSeconds')}::int, ${given('absoluteSeconds')}::int)),
      now() + make_interval(secs => ${given('absoluteSeconds')}::int),
      ${given('refreshDigest')}, ${given('userAgent')}, ${given('ip')}
    from owner
    returning *`)
  return db
    .with(owned, seen, ended, noted, opened)
    .select()
    .from(opened)
    .innerJoin(owned, sql`true`)
    .prepare(name)
}

const { id, userId, createdAt, expiresAt, absoluteExpiresAt, generation, refreshedAt } = sessions
const sessionColumns = { id, userId, createdAt, expiresAt, absoluteExpiresAt, generation, refreshedAt }

// `for update` waits for whoever changes the user, and then reads what has become of them.
const wasDormant = sql`coalesce(last_sign_in_at < now() - make_interval(days => ${given('dormantDays')}), false) as was_dormant`

const citizenSession = prepared((db) =>
  openSession(
    db,
    'citizen_session',
    'citizen',
    sql`select id, full_name, ${wasDormant} from users
    where phone_number = ${given('phone')} and is_active for update`
  )
)

const firstSession = prepared((db) =>
  openSession(
    db,
    'first_session',
    'citizen',
    sql`insert into users (phone_number, last_sign_in_at)
    values (${given('phone')}, now()) on conflict do nothing returning id, full_name, false as was_dormant`
  )
)

const staffSession = prepared((db) =>
  openSession(
    db,
    'staff_session',
    'staff',
    sql`select id, full_name, ${wasDormant} from users
    where id = ${given('userId')} and password_hash = ${given('passwordHash')} and is_active for update`
  )
)

/**
 * Opens a citizen's session; the first one of a number (E.164) creates the user. `isNew` is true exactly once, however
 * many race for it. Undefined when the account is switched off.
 * @param isKnown where to look first
 */
export async function signInCitizen(db: Db, phone: string, isKnown: boolean, session: NewSession) {
  // Between two steps somebody else may create or delete the user.
  for (const open of isKnown
    ? [citizenSession, firstSession, citizenSession]
    : [firstSession, citizenSession, firstSession]) {
    const [row] = await open(db).execute({ ...session, phone })
    if (row) return { ...row.opened, ...row.owner, isNew: open === firstSession }
  }
  return undefined
}

/** Opens a staff session; undefined when this is no longer the user's password, or the account is switched off. */
export async function signInStaff(
  db: Db,
  user: { userId: string; passwordHash: string | null },
  session: NewSession
) {
  const [row] = await staffSession(db).execute({ ...session, ...user })
  return row && { ...row.opened, ...row.owner }
}
