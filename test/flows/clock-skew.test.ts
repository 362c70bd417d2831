import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions } from '../../src/db/schema.ts'
import { db, isEmbedded } from '../database.ts'
import { build, claimsOf, signUp } from '../helper.ts'
import { until } from '../until.ts'

const realNow = Date.now
/** Runs something while the clock of this process is wrong by `ms`; the stores' clocks are right. */
async function wrongBy<T>(ms: number, work: () => Promise<T>): Promise<T> {
  Date.now = () => realNow() + ms
  try {
    return await work()
  } finally {
    Date.now = realNow
  }
}
const MINUTES = 60_000
/** Embedded PostgreSQL has the clock of this process, so the two cannot differ. */
const skews = isEmbedded
  ? []
  : ([
      ['ahead', 2 * MINUTES],
      ['behind', -2 * MINUTES]
    ] as const)

for (const [what, skew] of skews) {
  t.test(
    `a process whose clock is two minutes ${what} signs in, refreshes and detects theft as usual`,
    async (t) => {
      const built = await build(t)
      const { refresh, access } = await wrongBy(skew, () => signUp(built))
      const now = realNow() / 1_000
      t.ok(
        claimsOf(access).iat <= now && claimsOf(access).iat > now - 30,
        'tokens carry the time of the database'
      )
      t.equal((await built.me(access)).statusCode, 200, 'its tokens work where the clock is right')

      const first = await built.refresh(refresh)
      const again = await wrongBy(skew, () => built.refresh(refresh))
      t.strictSame(again.json(), first.json(), 'the grace period is the same everywhere')
      const pair = first.json()
      t.equal((await wrongBy(skew, () => built.me(pair.access))).statusCode, 200)
      const next = await wrongBy(skew, () => built.refresh(pair.refresh))
      t.equal(next.statusCode, 200)
      t.match((await wrongBy(skew, () => built.refresh(refresh))).json(), { code: 'SESSION_ENDED' })
      t.match((await built.me(next.json().access)).json(), { code: 'SESSION_ENDED' })
    }
  )
}

for (const [what, skew] of skews) {
  t.test(`expiry is judged by the database clock even if this process is an hour ${what}`, async (t) => {
    const far = 60 * Math.sign(skew) * MINUTES
    const built = await build(t)
    const { access, refresh } = await signUp(built)
    t.equal(
      (await wrongBy(far, () => built.me(access))).statusCode,
      200,
      'alive, though this clock is an hour off'
    )
    const { access: renewed } = (await wrongBy(far, () => built.refresh(refresh))).json()
    t.equal((await wrongBy(far, () => built.me(renewed))).statusCode, 200)

    const short = await build(t, { ACCESS_TTL_SECONDS: '1' })
    const expired = (await signUp(short)).access
    await until(async () => (await wrongBy(far, () => short.me(expired))).statusCode === 401)
    t.match((await wrongBy(far, () => short.me(expired))).json(), { code: 'TOKEN_EXPIRED' })
  })

  t.test(`a clock that jumps two minutes ${what} shows in /health/ready at once`, async (t) => {
    const { app } = await build(t)
    const ready = async () => (await app.inject('/health/ready')).json()
    t.match(await ready(), { status: 'ok', clock_skew_seconds: 0 }, 'in a process that has had no calls yet')
    t.match(await wrongBy(skew, ready), { status: 'ok', clock_skew_seconds: skew / 1_000 })
  })

  t.test(`a clock two minutes ${what} shows in the log and in /health/ready`, async (t) => {
    const log = await wrongBy(skew, async () => {
      const built = await build(t)
      await signUp(built)
      t.match((await built.app.inject('/health/ready')).json(), { clock_skew_seconds: skew / 1_000 })
      return built.log
    })
    const warnings = log.filter((line) => line.includes('clock_skew'))
    t.match(
      warnings.map((line) => JSON.parse(line)),
      [{ level: 40, skew_seconds: skew / 1_000 }]
    )
  })
}

t.test('the age of a sign-in is judged by the database clock', async (t) => {
  const built = await build(t)
  const signedIn = async (minutesAgo: number) => {
    const { access } = await signUp(built)
    const createdAt = new Date(realNow() - minutesAgo * MINUTES)
    await db
      .update(sessions)
      .set({ createdAt })
      .where(eq(sessions.id, claimsOf(access).sid))
    return access
  }
  const [recent, old] = [await signedIn(9), await signedIn(11)]
  const wrong = isEmbedded ? 0 : 2 * MINUTES
  t.equal((await wrongBy(-wrong, () => built.deleteMe(old))).statusCode, 403)
  t.equal((await wrongBy(wrong, () => built.deleteMe(recent))).statusCode, 204)
})
