import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { auditEvents, putAwayProfiles, users } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import { build, claimsOf, signUp } from '../../helper.ts'
import { createStaff } from '../../staff.ts'

t.test('the registration form is saved and returned as me shows it', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const form = { full_name: 'Ali Valiyev', neighborhood: 'Chilonzor', location: '41.28,69.20' }
  const reply = await built.patchProfile(access, form)
  t.equal(reply.statusCode, 200)
  t.match(reply.json(), { ...form, profile_complete: true })
  t.strictSame(reply.json(), (await built.me(access)).json())
})

t.test('only the fields sent change, and null clears', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  await built.patchProfile(access, { full_name: 'Ali', neighborhood: 'Chilonzor', location: 'here' })
  t.match((await built.patchProfile(access, { location: null })).json(), {
    full_name: 'Ali',
    neighborhood: 'Chilonzor',
    location: null,
    profile_complete: true
  })
})

t.test('number, role and other data cannot be changed here', async (t) => {
  const built = await build(t)
  const { access, phone } = await signUp(built)
  const before = await db.select().from(users).where(eq(users.phoneNumber, phone))
  const attack = {
    phone_number: '+998901111111',
    role: 'staff',
    id: 'x',
    is_active: false,
    isActive: false,
    passwordHash: 'x'
  }
  t.match((await built.patchProfile(access, attack)).json(), { statusCode: 400, code: 'VALIDATION_FAILED' })
  t.equal((await built.patchProfile(access, { full_name: 'Ali', ...attack })).statusCode, 200)
  const after = await db.select().from(users).where(eq(users.phoneNumber, phone))
  t.strictSame(
    after,
    before.map((row) => ({ ...row, fullName: 'Ali' }))
  )
})

t.test('text is trimmed and normalised before it is measured', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const name = 'é'.repeat(150)
  const reply = await built.patchProfile(access, { full_name: `  ${name.normalize('NFD')} \n` })
  t.equal(reply.json().full_name, name.normalize('NFC'))
})

t.test('an invalid field is refused with a reason, and nothing is written', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  for (const [form, complaint] of [
    [{ full_name: '' }, /full_name must not be empty/],
    [{ full_name: '   ' }, /full_name must not be empty/],
    [{ full_name: null }, /full_name must be a JSON string/],
    [{ full_name: 'a'.repeat(151) }, /full_name must have at most 150/],
    [{ neighborhood: 'a'.repeat(5_000) }, /neighborhood must have at most 150/],
    [{ location: 'a'.repeat(256) }, /location must have at most 255/],
    [{ full_name: 'NUL\u0000' }, /full_name must not have .*\(U\+0000\)/],
    [{ full_name: 'half \ud83d' }, /full_name must not have .*\(U\+D83D\)/],
    [{ full_name: 'Ali', location: 5 }, /location must be a JSON string or null/],
    [{ full_name: ['Ali'] }, /full_name must be a JSON string/],
    [{}, /at least one/],
    [[], /must be a JSON object/],
    ['text', /must be a JSON object/],
    [null, /must be a JSON object/]
  ] as const) {
    const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
    const payload = JSON.stringify(form)
    const reply = await built.app.inject({ method: 'PATCH', url: '/api/users/profile', headers, payload })
    t.match(reply.json(), { statusCode: 400, code: 'VALIDATION_FAILED', message: complaint })
  }
  t.match((await built.me(access)).json(), { full_name: null, neighborhood: null, location: null })
})

t.test('text that is invisible, only marks or direction-changing is refused', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const unseen = [
    '\u200b',
    '\u00a0\u2060',
    '\ufeff',
    '\u200d',
    '\u3164',
    '\u2800',
    '\u115f\u1160',
    '\u00ad',
    '\ufe0f'
  ]
  const marks = ['\u0301', '.', '- -', '😀', '\u0301\u0302 \u0303']
  const turning = [
    '\u202e',
    '\u202eilA',
    'Ali\u202e',
    'A\u202eli',
    '\u202aAli\u202c',
    '\u2066Ali\u2069',
    'A\u2067li'
  ]
  const others = [
    'A\nli',
    'A\u2028li',
    'A\u2029li',
    'A\u0085li',
    'A\ufdd0li',
    'A\u{10ffff}',
    'A\u0378',
    'A\ue000',
    'A\u{e0041}li',
    'A\ufff9li'
  ]
  for (const text of [...unseen, ...marks, ...turning, ...others]) {
    for (const field of ['full_name', 'neighborhood', 'location']) {
      const reply = await built.patchProfile(access, { [field]: text })
      t.match(
        reply.json(),
        { statusCode: 400, code: 'VALIDATION_FAILED', message: new RegExp(`^${field} must (have|not)`) },
        `${field} ${escape(text)}`
      )
    }
  }
  t.match((await built.me(access)).json(), {
    full_name: null,
    neighborhood: null,
    location: null,
    profile_complete: false
  })
})

t.test('blanks and invisible marks are stripped around a text but kept within it', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  for (const [typed, stored] of [
    ['\u00a0Ali\u2003Valiyev\u3000', 'Ali\u2003Valiyev'],
    ['\u200eAli\u200f\u200b', 'Ali'],
    ['\ufeff\tAli\u2028', 'Ali'],
    ['\u200cعلی‌رضا\u200d', 'علی‌رضا'],
    ['क्‍ष', 'क्‍ष'],
    ['👨‍👩‍👧 Ali ❤️', '👨‍👩‍👧 Ali ❤️'],
    ['5', '5']
  ] as const) {
    const reply = await built.patchProfile(access, { full_name: typed, neighborhood: typed, location: typed })
    t.match(reply.json(), { full_name: stored, neighborhood: stored, location: stored }, escape(typed))
  }
})

t.test('names in any script or with emoji are kept unchanged', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  for (const full_name of [
    'Ғайрат Ўктамов',
    'Oʻktam Gʻulomov',
    '李小龙',
    'علي',
    'Ali 👨‍👩‍👧',
    "'; drop table users; --"
  ]) {
    t.equal((await built.patchProfile(access, { full_name })).json().full_name, full_name)
  }
})

t.test('staff can change their name too', async (t) => {
  const { staffLogin, patchProfile } = await build(t)
  const { phone, password } = await createStaff()
  const { access } = (await staffLogin(phone, password)).json()
  t.match((await patchProfile(access, { full_name: 'Nodira' })).json(), {
    role: 'staff',
    full_name: 'Nodira'
  })
})

/** A citizen who has signed in again after the profile was put away. */
async function returned(t: Test, fullName = 'Gʻulom  Oʻrinov') {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access: before } = await signUp(built)
  await built.patchProfile(before, { full_name: fullName, neighborhood: 'Chilonzor', location: '41.3,69.2' })
  await db
    .update(users)
    .set({ lastSignInAt: new Date(Date.now() - 91 * 86_400_000) })
    .where(eq(users.phoneNumber, phone))
  const { access } = (await built.verifyOtp(phone, '1111')).json<{ access: string }>()
  const { sub } = claimsOf(access)
  return {
    patch: async (form: object) => (await built.patchProfile(access, form)).json(),
    waiting: () => db.$count(putAwayProfiles, eq(putAwayProfiles.userId, sub)),
    events: async () => {
      const events = await db.select().from(auditEvents).where(eq(auditEvents.userId, sub))
      return events.map(({ event }) => event).sort()
    }
  }
}

t.test('entering the same name, however it is typed, brings the profile back', async (t) => {
  for (const full_name of ['Gʻulom  Oʻrinov', 'GʻULOM OʻRINOV', "g'ulom o`rinov", ' G‘ulom  O’rinov ']) {
    const { patch, waiting, events } = await returned(t)
    t.match(await patch({ full_name }), {
      full_name: full_name.trim(),
      neighborhood: 'Chilonzor',
      location: '41.3,69.2',
      profile_complete: true
    })
    t.equal(await waiting(), 0)
    t.strictSame(await events(), ['dormant_sign_in', 'profile_brought_back', 'profile_put_away'])
  }
})

t.test('a profile brought back overwrites nothing filled in with the name or before', async (t) => {
  const together = await returned(t)
  t.match(await together.patch({ full_name: 'gʻulom oʻrinov', neighborhood: 'Yunusobod', location: null }), {
    neighborhood: 'Yunusobod',
    location: '41.3,69.2'
  })
  const apart = await returned(t)
  t.match(await apart.patch({ location: 'here' }), { full_name: null, neighborhood: null, location: 'here' })
  t.match(await apart.patch({ full_name: 'gʻulom oʻrinov' }), {
    neighborhood: 'Chilonzor',
    location: 'here'
  })
})

t.test('another name deletes the put-away profile: there is no second guess', async (t) => {
  const { patch, waiting, events } = await returned(t)
  const empty = { neighborhood: null, location: null }
  t.match(await patch({ full_name: 'Gulom Orinov' }), empty)
  t.equal(await waiting(), 0)
  t.match(await patch({ full_name: 'Gʻulom Oʻrinov' }), empty)
  t.strictSame(await events(), ['dormant_sign_in', 'profile_deleted', 'profile_put_away'])
})

t.test('of racing names only the first is compared', async (t) => {
  const { patch, events } = await returned(t)
  await Promise.all(['Gʻulom Oʻrinov', 'Olim', 'Aziz'].map((full_name) => patch({ full_name })))
  t.equal((await events()).length, 3)
})
