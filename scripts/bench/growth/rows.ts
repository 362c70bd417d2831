import { createHash } from 'node:crypto'

// A row can be computed from its number alone: these functions repeat what SQL makes of it (`tables`, fill.ts).
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** How many users are staff; a tenth of the users if that is less. */
const STAFF = 5_000
export const staffOf = (users: number) => Math.min(STAFF, Math.floor(users / 10))
export const PASSWORD_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`
/** How many times each session was refreshed. */
export const GENERATION = 7

export const userId = (n: number) => asUuid(md5(`user ${n}`))
export const sessionId = (n: number) => asUuid(md5(`session ${n}`))
export const digest = (n: number) => md5(`digest ${n}`).padEnd(43, 'x')
/** Scatters the numbers: neighbours in the table are not neighbours in the index. */
export const phone = (n: number) =>
  `+998${String((BigInt(n) * 765_432_101n) % 1_000_000_000n).padStart(9, '0')}`

function asUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

interface Table {
  name: string
  rows: (users: number) => number
  columns: string
  /** The values of row `n`, when there are `$users` users. */
  values: string
}

/** One session each, and a second one for a third of the users; a profile for half; the rest as a country may have it. */
export const tables: Table[] = [
  {
    name: 'users',
    rows: (users) => users,
    columns:
      'id, phone_number, full_name, neighborhood, location, password_hash, created_at, last_sign_in_at',
    values: `md5('user ' || n)::uuid, '+998' || lpad((n::bigint * 765432101 % 1000000000)::text, 9, '0'),
      case when n % 2 = 0 then 'Karimova Aziza Rustam qizi' end, case when n % 2 = 0 then 'Yunusobod 11-mavze' end,
      case when n % 2 = 0 then '41.311081,69.240562' end, case when n < $staff then '${PASSWORD_HASH}' end,
      now() - interval '80 days', now() - random() * interval '60 days'`
  },
  {
    name: 'sessions',
    rows: (users) => Math.floor((users * 4) / 3),
    columns: `id, user_id, role, created_at, expires_at, absolute_expires_at, ended_at, generation, refresh_digest,
      refreshed_at, pair_used_at, user_agent, ip`,
    values: `md5('session ' || n)::uuid, md5('user ' || n % $users)::uuid, 'citizen', now() - interval '60 days',
      now() + (1 + random()) * interval '15 days', now() + (1 + random()) * interval '60 days',
      case when n >= $users and n % 2 = 0 then now() - random() * interval '12 hours' end, ${GENERATION},
      rpad(md5('digest ' || n), 43, 'x'), now() - random() * interval '5 days', now(),
      'CitizenApp/3.2.1 (Android 14; SM-A155F)', '10.1.' || n % 256 || '.' || n % 250`
  },
  {
    name: 'staff_profiles',
    rows: staffOf,
    columns: 'user_id, department_id',
    values: "md5('user ' || n)::uuid, (select id from departments where name = 'Department ' || n % 40)"
  },
  {
    name: 'put_away_profiles',
    rows: (users) => Math.floor(users / 10),
    columns: 'user_id, full_name, put_away_at',
    values: "md5('user ' || n * 10 + 1)::uuid, 'Karimova Aziza', now() - random() * interval '29 days'"
  },
  {
    name: 'former_numbers',
    rows: (users) => Math.floor(users / 100),
    columns: 'user_id, phone_number, taken_at',
    values:
      "md5('user ' || n * 100 + 2)::uuid, '+99790' || lpad(n::text, 7, '0'), now() - random() * interval '29 days'"
  },
  {
    name: 'audit_events',
    rows: (users) => Math.floor(users / 10),
    columns: 'event, user_id, pseudonym, created_at',
    values: `'sessions_ended', md5('user ' || n * 10)::uuid, md5('p' || n) || md5('q' || n), now() - random() * interval '300 days'`
  }
]
