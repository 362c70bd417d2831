import { createHash } from 'node:crypto'
import bcrypt from 'bcrypt'
import fc from 'fast-check'
import t from 'tap'
import {
  djangoHashProblem,
  isDjangoHash,
  isUnusable,
  verifyDjangoPassword
} from '../../src/passwords/django.ts'

// From django/django, tests/auth_tests/test_hashers.py, several releases. Django draws the salts of bcrypt at random, so
// those are from the tests of its ports, with hashes Django made: passlib, test_handlers_django.py, and djangohashers.
const published: [password: string, hash: string][] = [
  ['lètmein', 'pbkdf2_sha256$30000$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY='],
  ['lètmein', 'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c='],
  ['lètmein', 'pbkdf2_sha256$390000$seasalt2$geC/uZ92nRXDSjSxeoiBqYyRcrLzMm8xK3ro1QS1uo8='],
  ['lètmein', 'pbkdf2_sha256$1200000$seasalt$6sTlFi4QohxXLuZigqDIUNX8xG9NxrTmV8+flFQdBqE='],
  ['not a password', 'pbkdf2_sha256$10000$kjVJaVz6qsnJ$5yPHw3rwJGECpUf70daLGhOrQ5+AMxIJdz1c3bqK1Rs='],
  ['lètmein', 'pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I='],
  ['lètmein', 'pbkdf2_sha1$1200000$seasalt2$RGU4BAy93u+JDPtuMamdllndh+c='],
  ['not a password', 'pbkdf2_sha1$10000$wz5B6WkasRoF$atJmJ1o+XfJxKq1+Nu1f1i57Z5I='],
  ['secret', 'argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw'],
  ['secret', 'argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q'],
  [
    'secret',
    'argon2$argon2i$m=8,t=1,p=1$c29tZXNhbHQ$gwQOXSNhxiOxPOA0+PY10P9QFO4NAYysnqRt1GSQLE55m+2GYDt9FEjPMHhP2Cuf0nOEXXMocVrsJAtNSsKyfg'
  ],
  ['ExjGmyUT73bFoT', 'argon2$argon2i$v=19$m=512,t=2,p=2$S1E4emVLNndLUnVS$RUET3AC8iXvcVPD2TRjvVQ'],
  [
    'lètmein',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=='
  ],
  [
    'lètmein',
    'scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw=='
  ],
  ['', 'bcrypt$$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['abcdefghijklmnopqrstuvwxyz', 'bcrypt$$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq'],
  ['ExjGmyUT73bFoT', 'bcrypt$$2b$12$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.'],
  ['', 'bcrypt_sha256$$2a$06$/3OeRpbOf8/l6nPPRdZPp.nRiyYqPobEZGdNRBWihQhiFDh1ws1tu'],
  ['lètmein', 'bcrypt_sha256$$2a$08$NDjSAIcas.EcoxCRiArvT.MkNiPYVhrsrnJsRkLueZOoV1bsQqlmC'],
  ['abc123'.repeat(12), 'bcrypt_sha256$$2a$06$Tg/oYyZTyAf.Nb3qSgN61OySmyXA8FoY4PjGizjE1QSDfuL5MXNni'],
  [`${'abc123'.repeat(12)}qwr`, 'bcrypt_sha256$$2a$06$Tg/oYyZTyAf.Nb3qSgN61Ocy0BEz1RK6xslSNi8PlaLX2pe7x/KQG'],
  ['ExjGmyUT73bFoT', 'bcrypt_sha256$$2b$12$LZSJchsWG/DrBy1erNs4eeYo6tZNlLFQmONdxN9HPesa1EyXVcTXK']
]

for (const [password, hash] of published) {
  const title = hash.slice(0, hash.lastIndexOf('$')).slice(0, 48)
  t.test(`Django's hash ${title} matches its password and no other`, async (t) => {
    t.equal(isDjangoHash(hash), true)
    t.equal(djangoHashProblem(hash), undefined)
    t.equal(await verifyDjangoPassword(hash, password), true)
    t.equal(await verifyDjangoPassword(hash, `${password}z`), false)
    t.equal(await verifyDjangoPassword(hash, ' '), false)
  })
}

t.test('the published hash of lètmein is of the composed spelling', async (t) => {
  const [, hash = ''] = published[0] ?? []
  t.equal(await verifyDjangoPassword(hash, 'lètmein'.normalize('NFD')), false, 'callers try both')
})

t.test('plain bcrypt reads 72 bytes, as in Django, and bcrypt_sha256 reads all', async (t) => {
  const password = 'ў'.repeat(36)
  const plain = `bcrypt$${await bcrypt.hash(password, 4)}`
  t.equal(await verifyDjangoPassword(plain, `${password} and more`), true)
  t.equal(await verifyDjangoPassword(plain, password.slice(1)), false)
  const digest = createHash('sha256').update(password).digest('hex')
  const whole = `bcrypt_sha256$${await bcrypt.hash(digest, 4)}`
  t.equal(await verifyDjangoPassword(whole, password), true)
  t.equal(await verifyDjangoPassword(whole, `${password} and more`), false)
})

t.test('bcrypt hashes with the prefix $2y$ are read too', async (t) => {
  const hash = (await bcrypt.hash('secret', 4)).replace('$2b$', '$2y$')
  t.equal(await verifyDjangoPassword(`bcrypt$${hash}`, 'secret'), true)
})

t.test('an unusable password matches nothing, not even itself', async (t) => {
  for (const hash of ['!', '!9wa845vn7098ythaehasldkfj']) {
    t.equal(isUnusable(hash), true)
    t.equal(isDjangoHash(hash), true)
    for (const password of ['', '!', hash]) t.equal(await verifyDjangoPassword(hash, password), false)
  }
})

t.test('unsupported formats are named, without any part of the hash', async (t) => {
  const refused = {
    md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3: /^md5 is not among pbkdf2_sha256, /,
    sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8: /^sha1 is not among/,
    crypt$$ab1Hv2Lg7ltQo: /^crypt is not among/,
    '88a434c88cca4e900f7874cd98123f43': /^an unknown format is not among/,
    lètmein_badencoded: /^an unknown format/,
    constructor$1$2: /^constructor is not among/,
    argon2x: /^an unknown format/,
    scryptz: /^an unknown format/,
    pbkdf2_sha256$: /^pbkdf2_sha256 that is broken$/
  }
  for (const [hash, problem] of Object.entries(refused)) {
    t.match(djangoHashProblem(hash), problem)
    t.notMatch(djangoHashProblem(hash), /seasalt|[0-9a-f]{16}|ab1H|88a4/)
    t.equal(await verifyDjangoPassword(hash, 'lètmein'), false)
  }
})

t.test('a hash that would cost too much is refused before any work', async (t) => {
  const key = Buffer.alloc(64).toString('base64')
  const tooCostly = [
    `pbkdf2_sha256$5000001$seasalt$${Buffer.alloc(32).toString('base64')}`,
    `pbkdf2_sha1$9999999999$seasalt$${Buffer.alloc(20).toString('base64')}`,
    'argon2$argon2id$v=19$m=262145,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    'argon2$argon2id$v=19$m=102400,t=11,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    'argon2$argon2id$v=19$m=102400,t=2,p=17$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    `scrypt$262144$seasalt$8$1$${key}`,
    `scrypt$16384$seasalt$9$1$${key}`,
    `scrypt$16384$seasalt$8$11$${key}`,
    'bcrypt$$2b$16$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.',
    'bcrypt_sha256$$2b$31$LZSJchsWG/DrBy1erNs4eeYo6tZNlLFQmONdxN9HPesa1EyXVcTXK'
  ]
  const start = performance.now()
  for (const hash of tooCostly) {
    t.match(djangoHashProblem(hash), /^[a-z0-9_]+ with a cost beyond what this service computes$/, hash)
    t.equal(await verifyDjangoPassword(hash, 'lètmein'), false)
  }
  t.ok(performance.now() - start < 500)
})

t.test('the costliest scrypt that is allowed can be computed', async (t) => {
  const hash = `scrypt$131072$seasalt$8$1$${Buffer.alloc(64).toString('base64')}`
  t.equal(djangoHashProblem(hash), undefined)
  t.equal(await verifyDjangoPassword(hash, 'lètmein'), false)
})

t.test('a hash with invalid parameters is reported as broken', async (t) => {
  const key = Buffer.alloc(64).toString('base64')
  for (const hash of [
    `pbkdf2_sha256$0$seasalt$${Buffer.alloc(32).toString('base64')}`,
    `pbkdf2_sha256$-1$seasalt$${Buffer.alloc(32).toString('base64')}`,
    `pbkdf2_sha256$1000$seasalt$${Buffer.alloc(31).toString('base64')}`,
    `scrypt$16383$seasalt$8$1$${key}`,
    `scrypt$16384$seasalt$0$1$${key}`,
    `scrypt$16384$seasalt$8$0$${key}`,
    `scrypt$65536$seasalt$1$1$${key}`,
    'argon2$argon2id$v=19$m=63,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    'argon2$argon2id$v=19$m=64,t=0,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    'argon2$argon2id$v=19$m=64,t=1,p=0$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
    'bcrypt$$2b$03$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.',
    'bcrypt$2b$12$LZSJchsWG/DrBy1erNs4ee31eJ7DaWiuwhDOC7aqIyqGGggfu6Y/.'
  ]) {
    t.match(djangoHashProblem(hash), /that is broken$/, hash)
    t.equal(await verifyDjangoPassword(hash, 'lètmein'), false)
  }
})

const cheap = [
  'pbkdf2_sha256$9$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY=',
  'pbkdf2_sha1$9$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I=',
  'argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q',
  'scrypt$16$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
  'bcrypt$$2a$04$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'
]

t.test('a damaged hash never throws and never matches', async (t) => {
  const damaged = fc
    .tuple(fc.constantFrom(...cheap), fc.nat(120), fc.nat(6), fc.string({ unit: 'grapheme', maxLength: 6 }))
    .map(([hash, at, gone, put]) => hash.slice(0, at) + put + hash.slice(at + gone))
  await t.resolves(
    fc.assert(
      fc.asyncProperty(damaged, async (hash) => {
        const problem = djangoHashProblem(hash)
        return (
          (await verifyDjangoPassword(hash, 'no password')) === false &&
          (problem === undefined || typeof problem === 'string')
        )
      }),
      { numRuns: 400 }
    )
  )
})
