import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import t from 'tap'
import { hashPassword, needsRehash, PASSWORD_MAX_LENGTH, verifyPassword } from '../../src/passwords/hash.ts'

const password = 'teapot Samarkand 17 violins'

t.test('a hash is argon2id with at least the cost that OWASP asks for', async (t) => {
  const hash = await hashPassword(password)
  const cost = /^\$argon2id\$v=19\$m=(\d+),(?:t=(\d+),p=(\d+)|p=\d+,t=\d+)\$/
  t.match(hash, cost)
  const parameter = (name: string) => Number(new RegExp(`[$,]${name}=(\\d+)`).exec(hash)?.[1])
  t.ok(parameter('m') >= 19_456)
  t.ok(parameter('t') >= 2)
  t.ok(parameter('p') >= 1)
})

t.test('the right password matches, a wrong one does not', async (t) => {
  const hash = await hashPassword(password)
  t.equal(await verifyPassword(hash, password), true)
  for (const wrong of [
    '',
    password.slice(0, -1),
    `${password} `,
    password.toUpperCase(),
    `${password}\u0000`
  ]) {
    t.equal(await verifyPassword(hash, wrong), false, JSON.stringify(wrong))
  }
})

t.test('the same password has a new hash each time', async (t) => {
  t.not(await hashPassword(password), await hashPassword(password))
})

t.test('a password matches whether typed composed or decomposed', async (t) => {
  const [composed, decomposed] = [
    'o\u2018zbek \u00e9t\u00e9'.normalize('NFC'),
    'o\u2018zbek \u00e9t\u00e9'.normalize('NFD')
  ]
  t.not(composed, decomposed)
  t.equal(await verifyPassword(await hashPassword(composed), decomposed), true)
  t.equal(await verifyPassword(await hashPassword(decomposed), composed), true)
})

t.test('every character of the longest password counts', async (t) => {
  const longest = 'x'.repeat(PASSWORD_MAX_LENGTH)
  const hash = await hashPassword(longest)
  t.equal(await verifyPassword(hash, longest), true)
  t.equal(await verifyPassword(hash, `${longest.slice(0, -1)}y`), false)
})

t.test('an invalid stored hash is an error, not a match', async (t) => {
  for (const broken of ['', 'plain text', '$argon2id$v=19$m=19456,t=2,p=1$']) {
    await t.rejects(verifyPassword(broken, password), Error, broken)
  }
})

// Django's own vector for `lètmein`; see django.test.ts for every format.
const fromDjango = 'pbkdf2_sha256$30000$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY='

t.test('a hash from Django is verified in the same place', async (t) => {
  t.equal(await verifyPassword(fromDjango, 'lètmein'), true)
  t.equal(await verifyPassword(fromDjango, 'letmein'), false)
  t.equal(await verifyPassword('!unusable', '!unusable'), false)
})

t.test('a decomposed password matches a hash from Django, whether that is composed or not', async (t) => {
  const typed = 'étagère 1903'.normalize('NFD')
  const raw = `bcrypt$${await bcrypt.hash(typed, 4)}`
  t.equal(await verifyPassword(raw, typed), true)
  t.equal(await verifyPassword(raw, `${typed}!`), false)
  t.equal(await verifyPassword(fromDjango, 'lètmein'.normalize('NFD')), true)
})

t.test('a hash from Django or of lower cost than ours needs replacing, ours does not', async (t) => {
  t.equal(needsRehash(await hashPassword(password)), false)
  t.equal(needsRehash(fromDjango), true)
  t.equal(needsRehash(`argon2${await hashPassword(password)}`), true)
  const weak = await argon2.hash(password, { memoryCost: 1024, timeCost: 2, parallelism: 1 })
  t.equal(needsRehash(weak), true)
})
