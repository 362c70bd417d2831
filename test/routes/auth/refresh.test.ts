import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions, users } from '../../../src/db/schema.ts'
import { formatKeys } from '../../../src/keys/key.ts'
import { db } from '../../database.ts'
import { build, claimsOf, signUp } from '../../helper.ts'
import { ES256 } from '../../known-keys.ts'

type Built = Awaited<ReturnType<typeof build>>
interface Pair {
  access: string
  refresh: string
}

const SESSION_ENDED = { statusCode: 401, code: 'SESSION_ENDED' }
const renew = async ({ refresh }: Pick<Built, 'refresh'>, token: string) =>
  (await refresh(token)).json<Pair>()
const moveBack = (sid: string, ms: number) =>
  db
    .update(sessions)
    .set({ refreshedAt: new Date(Date.now() - ms) })
    .where(eq(sessions.id, sid))

t.test('a refresh returns a new, working pair of the same session', async (t) => {
  const built = await build(t)
  const first = await signUp(built)
  const second = await renew(built, first.refresh)
  t.match((await built.me(second.access)).json(), { phone_number: first.phone })
  const third = await renew(built, second.refresh)
  t.match((await built.me(third.access)).json(), { phone_number: first.phone })

  const { iat, jti, ...lasting } = claimsOf(first.access)
  const { exp: _, ...same } = lasting
  t.match(claimsOf(third.access), same, 'identity and sign-in time stay')
  t.not(claimsOf(third.access).jti, jti)
  t.match(claimsOf(third.refresh), { token_type: 'refresh', generation: 2, sid: same.sid, sub: same.sub })
  t.equal(claimsOf(second.access).exp - claimsOf(second.access).iat, 900)
  t.ok(iat <= claimsOf(third.access).iat)
})

t.test('100 parallel refreshes of one token all get the same working pair', async (t) => {
  const built = await build(t, { DATABASE_POOL_MAX: '10' })
  const { phone, refresh } = await signUp(built)
  const replies = await Promise.all(Array.from({ length: 100 }, () => built.refresh(refresh)))
  t.strictSame(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
  t.equal(new Set(replies.map(({ body }) => body)).size, 1)
  const pair = replies[0]?.json<Pair>()
  t.match((await built.me(pair?.access ?? '')).json(), { phone_number: phone })
  t.match(await renew(built, pair?.refresh ?? ''), { access: /^ey/, refresh: /^ey/ })
})

t.test('with key pairs, parallel refreshes get equal claims though signatures differ', async (t) => {
  const keyFile = `${t.testdir({ keys: formatKeys([ES256]) })}/keys`
  const built = await build(t, { JWT_SECRET: '', JWT_KEYS: keyFile })
  const { refresh } = await signUp(built)
  const [one, other] = await Promise.all([renew(built, refresh), renew(built, refresh)])
  t.strictSame(claimsOf(one.refresh), claimsOf(other.refresh))
  t.strictSame(claimsOf(one.access), claimsOf(other.access))
  const again = await Promise.all([renew(built, one.refresh), renew(built, other.refresh)])
  t.match(again, [{ refresh: /^ey/ }, { refresh: /^ey/ }], 'both work')
})

t.test('after a lost reply the spent token gets its successor again, even a day later', async (t) => {
  const built = await build(t)
  const { refresh } = await signUp(built)
  const lost = await renew(built, refresh)
  await moveBack(claimsOf(refresh).sid, 86_400_000)
  t.equal((await built.me((await renew(built, refresh)).access)).statusCode, 200)
  const { iat: _, ...kept } = claimsOf((await renew(built, refresh)).refresh)
  t.match(claimsOf(lost.refresh), { jti: kept.jti, generation: 1 })
})

t.test(
  'a spent token past the grace period is a theft: the session ends at once, and the log says so',
  async (t) => {
    const built = await build(t, { REFRESH_GRACE_SECONDS: '1' })
    const { refresh, access } = await signUp(built)
    const thief = await renew(built, refresh)
    t.equal((await built.me(thief.access)).statusCode, 200)
    t.equal((await built.refresh(refresh)).statusCode, 200, 'within the grace period')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    t.match((await built.refresh(refresh)).json(), SESSION_ENDED)

    for (const token of [access, thief.access]) t.match((await built.me(token)).json(), SESSION_ENDED)
    t.match((await built.refresh(thief.refresh)).json(), SESSION_ENDED)
    const warning = built.log
      .filter((line) => line.includes('authn_token_reuse'))
      .map((line) => JSON.parse(line))
    t.match(warning, [{ level: 40, user: claimsOf(access).sub, session: claimsOf(access).sid }])
  }
)

t.test(
  'using an access token from before a refresh, even of the same second, does not mark the new pair as used',
  async (t) => {
    const built = await build(t)
    const { access, refresh } = await signUp(built)
    const { sid, iat } = claimsOf(access)
    await renew(built, refresh)
    await db
      .update(sessions)
      .set({ refreshedAt: new Date(iat * 1_000) })
      .where(eq(sessions.id, sid))
    t.equal((await built.me(access)).statusCode, 200)
    const [row] = await db.select().from(sessions).where(eq(sessions.id, sid))
    t.equal(row?.pairUsedAt, null)
    t.match(await renew(built, refresh), { access: /^ey/ }, 'it gets its successor')
  }
)

t.test('a pair issued twice counts as used when the older copy of its access token is used', async (t) => {
  const built = await build(t)
  const { refresh } = await signUp(built)
  const stolen = await renew(built, refresh)
  const { sid } = claimsOf(refresh)
  await moveBack(sid, 60_000)
  await renew(built, refresh)
  await moveBack(sid, 30_000)
  t.equal((await built.me(stolen.access)).statusCode, 200)
  const [row] = await db.select().from(sessions).where(eq(sessions.id, sid))
  t.type(row?.pairUsedAt, Date, 'from here the spent token has 20 seconds')
})

t.test('a refresh token from before the upgrade, with the access audience, still refreshes', async (t) => {
  const [old, built] = [
    await build(t, { JWT_AUDIENCE: 'any', JWT_REFRESH_AUDIENCE: 'citizen-api' }),
    await build(t)
  ]
  const { refresh } = await signUp(old)
  t.match(claimsOf(refresh), { aud: 'citizen-api', token_type: 'refresh' })
  const pair = await renew(built, refresh)
  t.match(claimsOf(pair.refresh), { aud: 'citizen-auth:refresh' }, 'its successor has the refresh audience')
  t.equal((await built.me(refresh)).statusCode, 401, 'it is not an access token')
})

t.test('a token two generations old is a theft even within the grace period', async (t) => {
  const built = await build(t)
  const { refresh } = await signUp(built)
  const child = await renew(built, refresh)
  const grandchild = await renew(built, child.refresh)
  t.match((await built.refresh(refresh)).json(), SESSION_ENDED)
  t.match((await built.me(grandchild.access)).json(), SESSION_ENDED)
})

t.test('a theft ends one session, not those of other devices', async (t) => {
  const built = await build(t, { DEBUG: 'true', REFRESH_GRACE_SECONDS: '0' })
  const { phone, refresh } = await signUp(built)
  const other = (await built.verifyOtp(phone, '1111')).json<Pair>()
  await built.me((await renew(built, refresh)).access)
  t.match((await built.refresh(refresh)).json(), SESSION_ENDED)
  t.equal((await built.me(other.access)).statusCode, 200)
})

t.test('a refresh token that is not used in time expires', async (t) => {
  const built = await build(t, { REFRESH_TTL_SECONDS: '1' })
  const { refresh } = await signUp(built)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  t.match((await built.refresh(refresh)).json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
})

t.test('a session ends when its time is up, however often it is refreshed', async (t) => {
  const built = await build(t, { SESSION_TTL_SECONDS: '3', REFRESH_GRACE_SECONDS: '0' })
  let { access, refresh } = await signUp(built)
  const { iat } = claimsOf(access)
  for (
    let reply = await built.refresh(refresh);
    reply.statusCode === 200;
    reply = await built.refresh(refresh)
  ) {
    ;({ access, refresh } = reply.json<Pair>())
    t.ok(claimsOf(access).exp <= iat + 3 && claimsOf(refresh).exp <= iat + 3)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  t.match((await built.refresh(refresh)).json(), { statusCode: 401, code: /TOKEN_EXPIRED|SESSION_ENDED/ })
  t.equal((await built.me(access)).statusCode, 401)
})

t.test('a disabled, signed-out or deleted user cannot refresh', async (t) => {
  const built = await build(t)
  const off = await signUp(built)
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, off.phone))
  const out = await signUp(built)
  await built.endSessions(out.access)
  const gone = await signUp(built)
  await built.deleteMe(gone.access)
  for (const { refresh } of [off, out, gone]) t.match((await built.refresh(refresh)).json(), SESSION_ENDED)
})

t.test('only a refresh token refreshes', async (t) => {
  const built = await build(t)
  const { access, refresh } = await signUp(built)
  for (const token of ['', 'garbage', access, `${refresh}x`, refresh.slice(0, -3)]) {
    t.match((await built.refresh(token)).json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  }
  const bodies = [{}, { refresh: 1 }, { refresh: null }, { refresh: [refresh] }]
  for (const payload of bodies) {
    const reply = await built.app.inject({ method: 'POST', url: '/api/auth/refresh', payload })
    t.match(reply.json(), { statusCode: 400, code: 'VALIDATION_FAILED' })
  }
  t.equal((await built.refresh(refresh)).statusCode, 200, 'the refresh token still works')
})
