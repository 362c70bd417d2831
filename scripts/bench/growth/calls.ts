import { randomInt } from 'node:crypto'
import type { Db } from '../../../src/db/client.ts'
import { noDeadline } from '../../../src/db/deadline.ts'
import { changeProfile } from '../../../src/db/profile-of-session.ts'
import { rotateSession } from '../../../src/db/rotate-session.ts'
import {
  deleteOverSessions,
  endSession,
  findSession,
  listSessions,
  notePairUse
} from '../../../src/db/sessions.ts'
import { signInCitizen, signInStaff } from '../../../src/db/sign-in.ts'
import { findLogin } from '../../../src/db/staff.ts'
import { digest, GENERATION, PASSWORD_HASH, phone, sessionId, staffOf, userId } from './rows.ts'

/** Makes one of the service's queries for a random user; false when it did not do what it should. */
export type QueryOf = (db: Db) => Promise<boolean>

const DAY = 86_400
const device = { userAgent: 'CitizenApp/3.2.1 (Android 14; SM-A155F)', ip: '10.1.2.3', ...noDeadline }
const lifetimes = { idleSeconds: 30 * DAY, absoluteSeconds: 180 * DAY }

/** The hot queries as the routes use them, on a database with this many users. */
export function queriesFor(users: number): Record<string, QueryOf> {
  const anybody = () => randomInt(users)
  const sessionOf = (n: number, owner = n) => ({ id: sessionId(n), userId: userId(owner) })
  const renewed = new Map<number, { generation: number; digest: string }>()
  /** Users whose new token pair has not been used yet. */
  const fresh = new Set<number>()
  let newest = 0
  const signIn = async (db: Db, number: string) => {
    const session = { ...device, ...lifetimes, refreshDigest: digest(newest++), dormantDays: 90 }
    return signInCitizen(db, number, session)
  }
  return {
    me: async (db) => (await findSession(db, sessionOf(anybody()))) !== undefined,
    refresh: async (db) => {
      const n = anybody()
      const presented = renewed.get(n) ?? { generation: GENERATION, digest: digest(n) }
      const successorDigest = digest(users + newest++)
      renewed.set(n, { generation: presented.generation + 1, digest: successorDigest })
      fresh.add(n)
      const { idleSeconds } = lifetimes
      const rotation = { ...presented, successorDigest, graceSeconds: 20, idleSeconds, ...noDeadline }
      return (await rotateSession(db, { ...sessionOf(n), ...rotation })) !== undefined
    },
    'first use of a pair': async (db) => {
      const [n = anybody()] = fresh
      fresh.delete(n)
      const { generation } = renewed.get(n) ?? { generation: GENERATION }
      await notePairUse(db, { id: sessionId(n), generation })
      return true
    },
    profile: async (db) => {
      // Only even numbers: they have no profile that was put away (rows.ts).
      const n = 2 * randomInt(Math.floor(users / 2))
      const asker = { sessionId: sessionId(n), userId: userId(n), ...noDeadline }
      return (await changeProfile(db, asker, { neighborhood: `Chilonzor ${randomInt(30)}` })) !== undefined
    },
    'sign-in, known': async (db) => (await signIn(db, phone(anybody())))?.isNew === false,
    // Foreign numbers are new for certain: the tables are filled with Uzbek ones.
    'sign-in, new': async (db) => (await signIn(db, `+7${randomInt(10 ** 11, 10 ** 12)}`))?.isNew === true,
    'staff, look up': async (db) =>
      (await findLogin(db, phone(randomInt(staffOf(users)))))?.departmentId != null,
    'staff, sign-in': async (db) => {
      const staff = { userId: userId(randomInt(staffOf(users))), passwordHash: PASSWORD_HASH }
      return (await signInStaff(db, staff, { ...device, ...lifetimes })) !== undefined
    },
    'list of sessions': async (db) => (await listSessions(db, userId(anybody()))).length > 0,
    // Ends second sessions only, so that the first ones stay for the other queries.
    'sign-out': async (db) => {
      const second = randomInt(Math.floor(users / 3))
      return endSession(db, { ...sessionOf(users + second, second), ...noDeadline })
    },
    'sweep, none over': async (db) => (await deleteOverSessions(db, { keepSeconds: DAY, limit: 500 })) === 0
  }
}
