import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const DEPARTMENTS = 40
/** Django's published test vectors: every format that can be imported, and two that cannot. */
const passwords = [
  'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=',
  'pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I=',
  'argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
  'bcrypt$$2b$12$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.',
  'bcrypt_sha256$$2b$12$LZSJchsWG/DrBy1erNs4eeYo6tZNlLFQmONdxN9HPesa1EyXVcTXK',
  'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
  'md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3',
  'sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8'
]

/** How many rows of each kind `writeDump` writes, for a total number of rows. */
export function expectedCounts(rows: number) {
  const users = Math.ceil((rows - DEPARTMENTS) / 2)
  const profiles = rows - DEPARTMENTS - users
  return { departments: DEPARTMENTS, users, profiles }
}

/**
 * Writes what `manage.py dumpdata` would write for the customer's task, about `rows` rows. Half of them are users: one in a
 * hundred has an invalid number, and two in a hundred share one. The other half are their profiles, one in twenty a staff
 * profile. The profiles of the first users come before those users.
 */
export async function writeDump(file: string, rows: number): Promise<void> {
  await pipeline(Readable.from(dump(rows)), createWriteStream(file))
}

function* dump(rows: number): Generator<string> {
  const { users } = expectedCounts(rows)
  const departments = Array.from({ length: DEPARTMENTS }, () => randomUUID())
  let separator = '[\n'
  for (const row of all(users, rows, departments)) {
    yield `${separator}${JSON.stringify(row)}`
    separator = ',\n'
  }
  yield '\n]\n'
}

function* all(users: number, rows: number, departments: string[]) {
  const early = Math.floor(users / 100)
  const last = rows - DEPARTMENTS - users
  for (const [index, pk] of departments.entries())
    yield { model: 'departments.department', pk, fields: { name: `Department ${index}` } }
  for (let pk = 1; pk <= early; pk++) yield profile(pk, departments)
  for (let pk = 1; pk <= users; pk++) yield user(pk)
  for (let pk = early + 1; pk <= last; pk++) yield profile(pk, departments)
}

function user(pk: number) {
  const shares = pk % 100 === 1 && pk > 1
  const spelling = pk % 100 === 0 ? `+99871${serial(pk)}` : spell(serial(shares ? pk - 1 - 1 : pk), pk)
  const isStaff = pk % 20 === 5
  return {
    model: 'users.user',
    pk,
    fields: {
      password: isStaff ? passwords[((pk / 20) % passwords.length) | 0] : `!${randomUUID()}`,
      last_login: null,
      is_superuser: false,
      phone_number: spelling,
      first_name: 'Gulnora',
      last_name: 'Karimova',
      is_staff: isStaff,
      is_active: pk % 50 !== 7,
      date_joined: '2024-03-01T08:15:30.123Z',
      groups: [],
      user_permissions: []
    }
  }
}

function profile(pk: number, departments: string[]) {
  if (pk % 20 === 5)
    return {
      model: 'users.staffprofile',
      pk,
      fields: { user: pk, department: departments[pk % departments.length] }
    }
  const fields = { user: pk, full_name: null, neighborhood: 'Юнусобод', location: '41.3111,69.2797' }
  return { model: 'users.userprofile', pk, fields }
}

const serial = (pk: number) => String(pk).padStart(7, '0')

/** Spells a number as people type it. */
function spell(digits: string, pk: number): string {
  const [a, b, c] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)]
  return [`+99890${digits}`, `90 ${a}-${b}-${c}`, `99890${digits}`, `(90) ${a} ${b} ${c}`][pk % 4] ?? ''
}
