import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions } from '../../src/db/schema.ts'
import { db, isEmbedded } from '../database.ts'
import { build, claimsOf, signUp } from '../helper.ts'

const realNow = Date.now
/** Two minutes, by which the clock of this process is wrong while something runs; the stores' clocks are right. */
async function wrongBy<T>(ms: number, work: () => Promise<T>): Promise<T> {
  Date.now = () => realNow() + ms
  try {
    return await work()
  } finally {
    Date.now = realNow
  }
}
const MINUTES = 60_000
/** Embedded, the database has the clock of this process: it cannot be wrong by itself. */
const skews = isEmbedded
  ? []
  : ([
      ['ahead', 2 * MINUTES],
      ['behind', -2 * MINUTES]
    ] as const)

for (const [what, skew] of skews) {
  t.test(
    `a process whose clock is two minutes ${what} signs in, refreshes and tells a theft as any other`,
    async (t) => {
      const built = await build(t)
      const { refresh, access } = await wrongBy(skew, () => signUp(built))
      const now = realNow() / 1_000
      t.ok(
        claimsOf(access).iat <= now && claimsOf(access).iat > now - 30,
        'tokens carry the time of the database'
      )
      t.equal((await built.me(access)).statusCode, 200, 'its tokens are good where the clock is right')

      const first = await built.refresh(refresh)
      const again = await wrongBy(skew, () => built.refresh(refresh))
      t.strictSame(again.json(), first.json(), 'the grace is the same everywhere')
      const pair = first.json()
      t.equal((await wrongBy(skew, () => built.me(pair.access))).statusCode, 200)
      const next = await wrongBy(skew, () => built.refresh(pair.refresh))
      t.equal(next.statusCode, 200)
      t.match((await wrongBy(skew, () => built.refresh(refresh))).json(), { code: 'SESSION_ENDED' })
      t.match((await built.me(next.json().access)).json(), { code: 'SESSION_ENDED' })
    }
  )
}

t.test('how long ago somebody signed in is judged by the clock of the database', async (t) => {
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
