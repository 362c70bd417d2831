import { setTimeout as wait } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { staffProfiles, users } from '../../../src/db/schema.ts'
import { moveStaff } from '../../../src/db/staff.ts'
import { hashPassword } from '../../../src/passwords/hash.ts'
import { db } from '../../database.ts'
import { build, claimsOf, randomPhone, signUp, wrongCode } from '../../helper.ts'
import { findUserByPhone } from '../../rows.ts'
import { createStaff, skipWait } from '../../staff.ts'

t.test('staff sign in with number and password, and get their department', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password, department } = await createStaff()
  const reply = await staffLogin(phone, password)
  t.equal(reply.statusCode, 200)
  t.strictSame(
    Object.keys(reply.json()).sort(),
    ['access', 'department_id', 'role'],
    'there is no refresh token'
  )
  t.match(reply.json(), { access: /^ey/, role: 'staff', department_id: department.id })
})

t.test(
  'a clerk who is moved while the password is verified gets the new department, or no token',
  async (t) => {
    const { app, staffLogin } = await build(t)
    const { phone, password } = await createStaff()
    const { department } = await createStaff()
    const id = (await findUserByPhone(db, phone))?.id ?? ''
    const { verify } = app.passwords
    app.passwords.verify = async (...login) => {
      const matches = await verify(...login)
      await moveStaff(db, id, department.id)
      return matches
    }
    const { access, department_id } = (await staffLogin(phone, password)).json()
    t.equal(department_id, department.id)
    t.match(claimsOf(access), { department_id: department.id })

    app.passwords.verify = async (...login) => {
      const matches = await verify(...login)
      await db.delete(staffProfiles).where(eq(staffProfiles.userId, id))
      return matches
    }
    t.match((await staffLogin(phone, password)).json(), { statusCode: 401, code: 'CREDENTIALS_INVALID' })
  }
)

t.test('a password matches in any Unicode composition of its letters', async (t) => {
  const { staffLogin } = await build(t)
  const { phone } = await createStaff()
  await db
    .update(users)
    .set({ passwordHash: await hashPassword('Gʻoʻza é') })
    .where(eq(users.phoneNumber, phone))
  t.equal((await staffLogin(phone, 'Gʻoʻza e\u0301')).statusCode, 200)
})

t.test('a password with a lone surrogate is refused, as its hash would match another', async (t) => {
  const { staffLogin } = await build(t)
  const { phone } = await createStaff()
  await db
    .update(users)
    .set({ passwordHash: await hashPassword('walnut \ufffd ferry') })
    .where(eq(users.phoneNumber, phone))
  const reply = await staffLogin(phone, 'walnut \ud800 ferry')
  t.match(reply.json(), { statusCode: 400, code: 'VALIDATION_FAILED', message: /^password contains/ })
})

// Django's own vectors, one for each format; django-password.test.ts says where they come from.
const fromDjango = {
  pbkdf2_sha256: ['lètmein', 'pbkdf2_sha256$30000$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY='],
  pbkdf2_sha1: ['lètmein', 'pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I='],
  argon2: ['secret', 'argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw'],
  bcrypt: ['ExjGmyUT73bFoT', 'bcrypt$$2b$12$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.'],
  bcrypt_sha256: [
    'ExjGmyUT73bFoT',
    'bcrypt_sha256$$2b$12$LZSJchsWG/DrBy1erNs4eeYo6tZNlLFQmONdxN9HPesa1EyXVcTXK'
  ],
  scrypt: [
    'lètmein',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=='
  ]
} as const

async function hashOf(phone: string): Promise<string> {
  return (await findUserByPhone(db, phone))?.passwordHash ?? ''
}

async function setHash(phone: string, passwordHash: string): Promise<void> {
  await db.update(users).set({ passwordHash }).where(eq(users.phoneNumber, phone))
}

/** A staff member whose password came from Django. */
async function createDjangoStaff(format: keyof typeof fromDjango = 'pbkdf2_sha256') {
  const { phone } = await createStaff()
  const [password, hash] = fromDjango[format]
  await setHash(phone, hash)
  return { phone, password, hash }
}

for (const format of Object.keys(fromDjango) as (keyof typeof fromDjango)[]) {
  t.test(`a password imported from Django as ${format} signs in and is argon2id from then on`, async (t) => {
    const { staffLogin } = await build(t)
    const { phone, password, hash } = await createDjangoStaff(format)
    t.equal((await staffLogin(phone, `${password}!`)).statusCode, 401)
    t.equal(await hashOf(phone), hash, 'a wrong password changes nothing')
    await skipWait(phone)
    t.equal((await staffLogin(phone, password)).statusCode, 200)
    const renewed = await hashOf(phone)
    t.match(renewed, /^\$argon2id\$/)
    t.equal((await staffLogin(phone, password)).statusCode, 200)
    t.equal(await hashOf(phone), renewed, 'it is renewed once')
    t.equal((await staffLogin(phone, `${password}!`)).statusCode, 401)
  })
}

t.test('a password changed while its Django hash is being renewed stays changed', async (t) => {
  const { app, staffLogin } = await build(t)
  const { phone, password } = await createDjangoStaff()
  const changed = await hashPassword('another password 1903')
  const { rehash } = app.passwords
  app.passwords.rehash = async (...args) => {
    await setHash(phone, changed)
    return rehash(...args)
  }
  t.match((await staffLogin(phone, password)).json(), { statusCode: 401, code: 'CREDENTIALS_INVALID' })
  t.equal(await hashOf(phone), changed)
})

t.test('racing first logins with a Django hash all succeed, and one of them renews it', async (t) => {
  const { app, staffLogin } = await build(t)
  const { phone, password } = await createDjangoStaff()
  const { rehash } = app.passwords
  let renewed = ''
  app.passwords.rehash = async (...args) => {
    app.passwords.rehash = rehash
    await skipWait(phone)
    t.equal((await staffLogin(phone, password)).statusCode, 200, 'the concurrent login')
    renewed = await hashOf(phone)
    return rehash(...args)
  }
  t.equal((await staffLogin(phone, password)).statusCode, 200)
  t.match(renewed, /^\$argon2id\$/)
  t.equal(await hashOf(phone), renewed)
})

t.test('a login succeeds though its Django hash cannot be renewed, and the next one renews it', async (t) => {
  const { app, staffLogin, log } = await build(t)
  const { phone, password, hash } = await createDjangoStaff()
  const { rehash } = app.passwords
  app.passwords.rehash = async () => {
    throw new Error('the queue is full')
  }
  t.equal((await staffLogin(phone, password)).statusCode, 200)
  t.equal(await hashOf(phone), hash)
  t.match(log.join(''), 'a password hash was not renewed')
  app.passwords.rehash = rehash
  t.equal((await staffLogin(phone, password)).statusCode, 200)
  t.match(await hashOf(phone), /^\$argon2id\$/)
})

t.test('an unknown number, no password, a wrong password and a disabled account look alike', async (t) => {
  const built = await build(t)
  const { staffLogin } = built
  const citizen = await signUp(built)
  const off = await createStaff()
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, off.phone))
  const bodies = new Set<string>()
  for (const [phone, password] of [
    [randomPhone(), 'whatever it is'],
    [citizen.phone, 'whatever it is'],
    [(await createStaff()).phone, 'not the password'],
    [off.phone, off.password]
  ] as const) {
    const reply = await staffLogin(phone, password)
    t.match(reply.json(), { statusCode: 401, code: 'CREDENTIALS_INVALID' })
    bodies.add(reply.body)
  }
  t.equal(bodies.size, 1)
})

t.test('the right password without a staff profile is STAFF_PROFILE_REQUIRED', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password } = await createStaff()
  const user = await findUserByPhone(db, phone)
  await db.delete(staffProfiles).where(eq(staffProfiles.userId, user?.id ?? ''))
  t.match((await staffLogin(phone, password)).json(), { statusCode: 403, code: 'STAFF_PROFILE_REQUIRED' })
  t.match((await staffLogin(phone, 'not the password')).json(), {
    statusCode: 401,
    code: 'CREDENTIALS_INVALID'
  })
})

t.test('after a wrong password the next login is LOGIN_LIMIT before any hashing', async (t) => {
  const { app, staffLogin } = await build(t, { LOGIN_WAIT_SECONDS: '60' })
  const { phone, password } = await createStaff()
  t.equal((await staffLogin(phone, 'not the password')).statusCode, 401)
  app.passwords.verify = async () => t.fail('a password was hashed')
  const reply = await staffLogin(phone, password)
  t.match(reply.json(), { statusCode: 429, code: 'LOGIN_LIMIT', retry_after: 60 })
  t.equal(reply.headers['retry-after'], '60')
})

t.test('a mistyped password delays a login by one second', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password } = await createStaff()
  t.equal((await staffLogin(phone, 'not the password')).statusCode, 401)
  const { retry_after } = (await staffLogin(phone, password)).json()
  t.equal(retry_after, 1)
  await wait(retry_after * 1000)
  t.equal((await staffLogin(phone, password)).statusCode, 200)
})

t.test('waits do not reveal who is staff', async (t) => {
  const { staffLogin } = await build(t, { LOGIN_WAIT_SECONDS: '60' })
  const [known, unknown] = [(await createStaff()).phone, randomPhone()]
  for (const phone of [known, unknown]) await staffLogin(phone, 'not the password')
  const [one, other] = [await staffLogin(known, 'it'), await staffLogin(unknown, 'it')]
  t.match(one.json(), { code: 'LOGIN_LIMIT' })
  t.equal(one.body, other.body)
})

t.test('of 100 simultaneous passwords only one is tried', async (t) => {
  const { app, staffLogin } = await build(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '1000' })
  const { phone } = await createStaff()
  const { verify } = app.passwords
  let hashed = 0
  app.passwords.verify = (...typed) => {
    hashed++
    return verify(...typed)
  }
  const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => staffLogin(phone, `guess ${i}`)))
  t.equal(replies.filter(({ statusCode }) => statusCode === 401).length, 1)
  t.equal(replies.filter(({ statusCode }) => statusCode === 429).length, 99)
  t.equal(hashed, 1)
})

t.test('wrong codes do not delay a password login, nor wrong passwords a code', async (t) => {
  const { sendOtp, verifyOtp, staffLogin, outbox } = await build(t, { LOGIN_WAIT_SECONDS: '60' })
  const { phone, password } = await createStaff()
  await sendOtp(phone)
  for (let i = 0; i < 5; i++) await verifyOtp(phone, wrongCode(outbox.codeFor(phone)))
  t.equal((await staffLogin(phone, password)).statusCode, 200)

  const other = await createStaff()
  await staffLogin(other.phone, 'not the password')
  t.equal((await staffLogin(other.phone, other.password)).statusCode, 429)
  t.equal((await sendOtp(other.phone)).statusCode, 200)
  t.equal((await verifyOtp(other.phone, outbox.codeFor(other.phone))).statusCode, 200)
  t.equal(
    (await staffLogin(other.phone, other.password)).statusCode,
    429,
    'a code does not end the wait either'
  )
})

t.test('too many wrong passwords from an address are LOGIN_LIMIT for any number', async (t) => {
  const { app } = await build(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '2' })
  const from = (address: string, phone: string, password: string) =>
    app.inject({
      method: 'POST',
      url: '/api/auth/staff-login/',
      remoteAddress: address,
      payload: { phone_number: phone, password }
    })
  const { phone, password } = await createStaff()
  for (let i = 0; i < 2; i++) await from('192.0.2.1', randomPhone(), 'not the password')
  t.match((await from('192.0.2.1', phone, password)).json(), { statusCode: 429, code: 'LOGIN_LIMIT' })
  t.equal((await from('192.0.2.2', phone, password)).statusCode, 200)
})

t.test('repeated right passwords are not limited', async (t) => {
  const { staffLogin } = await build(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '2' })
  const { phone, password } = await createStaff()
  for (let i = 0; i < 5; i++) t.equal((await staffLogin(phone, password)).statusCode, 200)
})

t.test('logins beyond the hashing queue are SERVICE_BUSY and cost nothing', async (t) => {
  const { staffLogin } = await build(t, {
    PASSWORD_HASH_CONCURRENCY: '1',
    PASSWORD_HASH_QUEUE_MAX: '1',
    LOGIN_WAIT_SECONDS: '60'
  })
  const phones = Array.from({ length: 12 }, () => randomPhone())
  const replies = await Promise.all(phones.map((phone) => staffLogin(phone, 'some password')))
  const busy = replies.filter(({ statusCode }) => statusCode === 503)
  t.ok(busy.length >= 8)
  t.match(busy[0]?.json(), { code: 'SERVICE_BUSY', retry_after: 1 })
  for (const [i, phone] of phones.entries()) {
    const evaluated = replies[i]?.statusCode === 401
    t.equal((await staffLogin(phone, 'some password')).statusCode, evaluated ? 429 : 401)
  }
})

t.test('while strangers fill the queue, staff sign in from where they have signed in before', async (t) => {
  const { app, staffLogin } = await build(t, { PASSWORD_HASH_CONCURRENCY: '1', PASSWORD_HASH_QUEUE_MAX: '1' })
  const [known, elsewhere] = [await createStaff(), await createStaff()]
  t.equal((await staffLogin(known.phone, known.password)).statusCode, 200)
  // These strangers keep hashing until let go.
  let letGo = () => {}
  const forever = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const flood = [1, 2].map(() => app.passwords.queues.stranger.run(() => forever))
  t.match((await staffLogin(elsewhere.phone, elsewhere.password)).json(), { code: 'SERVICE_BUSY' })
  t.equal((await staffLogin(known.phone, known.password)).statusCode, 200)
  letGo()
  await Promise.all(flood)
  t.equal((await staffLogin(elsewhere.phone, elsewhere.password)).statusCode, 200)
})

t.test('response times do not reveal who is staff', async (t) => {
  const { staffLogin } = await build(t, { LOGIN_MAX_FAILURES_PER_ADDRESS: '1000' })
  const known = (await createStaff()).phone
  const unknown = randomPhone()
  const timings: Record<string, number[]> = { [known]: [], [unknown]: [] }
  for (let i = 0; i < 60; i++) {
    for (const phone of i % 2 ? [known, unknown] : [unknown, known]) {
      await skipWait(phone)
      const start = performance.now()
      await staffLogin(phone, 'not the password')
      timings[phone]?.push(performance.now() - start)
    }
  }
  const ratio = median(timings[known]) / median(timings[unknown])
  t.comment(`median of known / unknown: ${ratio.toFixed(3)}`)
  t.ok(ratio > 0.8 && ratio < 1.25)
})

function median(times: number[] = []): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}
