import { randomInt, randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Test } from 'tap'
import { findLogin } from '../../../src/db/staff.ts'
import { db } from '../../database.ts'
import { randomPhone } from '../../helper.ts'
import { run } from '../run.ts'

/** Django's published vector for `lètmein`. */
export const DJANGO_HASH = 'pbkdf2_sha256$30000$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY='

export type Row = { model: string; pk?: unknown; fields: Record<string, unknown> }

/** A user as `dumpdata` writes it, with some fields replaced. */
export function djangoUser(fields: Record<string, unknown> = {}, pk: unknown = randomInt(10 ** 8)) {
  const row = {
    model: 'users.user',
    pk,
    fields: {
      password: DJANGO_HASH,
      last_login: '2025-10-01T07:00:00Z',
      is_superuser: false,
      phone_number: randomPhone(),
      first_name: 'Gulnora',
      last_name: 'Karimova',
      is_staff: false,
      is_active: true,
      date_joined: '2024-03-01T08:15:30.123Z',
      groups: [],
      user_permissions: [],
      ...fields
    }
  }
  return { row, pk, phone: String(row.fields.phone_number) }
}

export function djangoDepartment(name = `Department ${randomUUID()}`, pk: unknown = randomUUID()) {
  return { row: { model: 'departments.department', pk, fields: { name } }, pk, name }
}

export function djangoStaff(user: unknown, department: unknown, pk: unknown = randomInt(10 ** 8)): Row {
  return { model: 'users.staffprofile', pk, fields: { user, department } }
}

export function djangoProfile(user: unknown, fields: object = {}, pk: unknown = randomInt(10 ** 8)): Row {
  const defaults = { full_name: 'Gulnora Karimova', neighborhood: 'Yunusobod', location: '41.3,69.2' }
  return { model: 'users.userprofile', pk, fields: { user, ...defaults, ...fields } }
}

/** Runs the import on a file with these rows. */
export async function importRows(t: Test, rows: unknown, ...options: string[]) {
  const folder = t.testdir({ 'dump.json': JSON.stringify(rows) })
  const result = await run(['import', 'django', `${folder}/dump.json`, ...options])
  return { ...result, ...parse(result.stdout), lines: result.stderr.trimEnd().split('\n') }
}

/** The user stored for a number. */
export async function storedUser(phone: string) {
  const login = await findLogin(db, phone)
  return login && { ...login.user, departmentId: login.departmentId }
}

/** Has PostgreSQL do something before the user with this number is inserted, until the test ends. */
export async function beforeInsertOf(t: Test, phone: string, statements: string) {
  const name = `before_${phone.slice(1)}`
  await db.execute(
    sql.raw(`
    create function ${name}() returns trigger language plpgsql as $$ begin ${statements} return new; end $$;
    create trigger ${name} before insert on users for each row
      when (new.phone_number = '${phone}' and new.full_name is not null) execute function ${name}()`)
  )
  const end = () => db.execute(sql.raw(`drop function if exists ${name} cascade`))
  t.teardown(end)
  return end
}

function parse(stdout: string) {
  const counts: Record<string, string> = {}
  for (const line of stdout.split('\n').slice(1)) {
    const [name = '', ...cells] = line.split('\t')
    counts[name] = cells.join(' ')
  }
  return { counts }
}
