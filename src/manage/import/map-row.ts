import type { CountryCode } from 'libphonenumber-js/mobile'
import type { Staged } from '../../db/import/staging.ts'
import { djangoHashProblem, isUnusable } from '../../passwords/django.ts'
import { toE164 } from '../../phone.ts'
import { comparableName } from '../../text/name.ts'
import { LOCATION_MAX, NAME_MAX } from '../../text/text.ts'
import { createFields, type Fields, pkOf, Refusal, readText, uuidOf } from './fields.ts'
import type { Layout, models } from './models.ts'

/** One row of a known model, as it stands in the dump. */
export interface ModelRow {
  row: number
  pk: unknown
  fields: Record<string, unknown>
}

/** How a dump is read: its layout, and the countries whose numbers are accepted. */
export interface Mapping {
  layout: Layout
  countries: readonly CountryCode[]
}

type UserFields = Fields<keyof (typeof models)['user']['fields']>

/** @throws Refusal */
export function mapDepartment({ row, pk, fields }: ModelRow, { layout }: Mapping): Staged['department'] {
  const read = createFields(fields, layout.fields.department)
  const name = read.text('name', NAME_MAX)
  if (!name) throw new Refusal(`it has no ${read.name('name')}`)
  const id = uuidOf(read.value('id') ?? pk)
  return { row_nr: row, pk: pkOf(pk), id, name, comparable_name: comparableName(name) }
}

/** @throws Refusal */
export function mapUser({ row, pk, fields }: ModelRow, mapping: Mapping): Staged['user'] {
  const read = createFields(fields, mapping.layout.fields.user)
  const { hash, problem } = passwordOf(read)
  return {
    row_nr: row,
    pk: pkOf(pk),
    id: uuidOf(read.value('id') ?? pk),
    phone: phoneOf(read.value('phone'), mapping),
    full_name: read.text('full_name', NAME_MAX) ?? joinedName(read),
    neighborhood: read.text('neighborhood', NAME_MAX),
    location: read.text('location', LOCATION_MAX),
    password_hash: hash,
    password_problem: problem ?? null,
    is_active: read.flag('active'),
    created_at: read.time('joined'),
    last_login: read.time('last_login')
  }
}

/** Reads the password. One that cannot be imported does not keep its user out. */
function passwordOf(read: UserFields): { hash: string | null; problem?: string } {
  try {
    const hash = read.password('password')
    if (!hash || isUnusable(hash)) return { hash: null }
    const problem = djangoHashProblem(hash)
    return problem ? { hash: null, problem } : { hash }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { hash: null, problem: error.message }
  }
}

/** @throws Refusal */
export function mapProfile({ row, pk, fields }: ModelRow, mapping: Mapping): Staged['profile'] {
  const read = createFields(fields, mapping.layout.fields.profile)
  return {
    row_nr: row,
    pk: pkOf(pk),
    ...ownerOf(read.value('user'), pk, mapping),
    full_name: read.text('full_name', NAME_MAX),
    neighborhood: read.text('neighborhood', NAME_MAX),
    location: read.text('location', LOCATION_MAX)
  }
}

/** @throws Refusal */
export function mapStaff({ row, pk, fields }: ModelRow, mapping: Mapping): Staged['staff'] {
  const read = createFields(fields, mapping.layout.fields.staff)
  return {
    row_nr: row,
    pk: pkOf(pk),
    ...ownerOf(read.value('user'), pk, mapping),
    ...placeOf(read.value('department'), read.name('department'))
  }
}

/** The user a row belongs to; when the one-to-one link is the primary key, it appears in no field. */
function ownerOf(user: unknown, pk: unknown, mapping: Mapping) {
  const owner = reference(user === undefined ? pk : user, 'user')
  return Array.isArray(owner)
    ? { user_kind: 'user.phone' as const, user_key: phoneOf(owner[0], mapping) }
    : { user_kind: 'user.pk' as const, user_key: owner }
}

function placeOf(value: unknown, name: string) {
  const department = reference(value, name)
  if (!Array.isArray(department))
    return { department_kind: 'department.pk' as const, department_key: department }
  const key = readText(department[0], name, NAME_MAX)
  if (!key) throw new Refusal(`the natural key in ${name} is empty`)
  return { department_kind: 'department.name' as const, department_key: comparableName(key) }
}

/** A foreign key: a primary key, or a natural key, which is an array. */
function reference(value: unknown, name: string): string | [unknown] {
  if (Array.isArray(value) && value.length === 1) return [value[0]]
  if (Array.isArray(value))
    throw new Refusal(`the natural key in ${name} has not one part but ${value.length}`)
  const pk = pkOf(value)
  if (pk === null) throw new Refusal(`it has no ${name}`)
  return pk
}

/** @throws Refusal */
export function phoneOf(value: unknown, { countries }: Mapping): string {
  try {
    return toE164(typeof value === 'string' || typeof value === 'number' ? String(value) : '', countries)
  } catch {
    throw new Refusal(`its number is not a mobile number of ${countries.join(', ')}`)
  }
}

function joinedName(read: UserFields): string | null {
  const parts = [read.text('first_name', NAME_MAX), read.text('last_name', NAME_MAX)]
  const name = parts.filter(Boolean).join(' ')
  if ([...name].length > NAME_MAX) throw new Refusal(`the name must have at most ${NAME_MAX} characters`)
  return name || null
}
