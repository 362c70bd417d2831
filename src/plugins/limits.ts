import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Place } from '../attempt.ts'
import type { Config } from '../config/settings.ts'
import { clientAddress } from '../http/client.ts'
import { entryName } from '../redis/otp-names.ts'
import { defineStep } from '../redis/step.ts'

const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

export interface LimitsOptions {
  login: Config['login']
  phoneChange: Config['phoneChange']
  otp: Pick<Config['otp'], 'knownDays' | 'maxFailuresPerDay'>
}

declare module 'fastify' {
  interface FastifyInstance {
    limits: ReturnType<typeof createLimits>
  }
}

/** `fastify.limits`: the places of attempts (`attempt.ts`) that are limited by nothing but a window or a backoff. */
export default fp<LimitsOptions>(
  async function limits(fastify, options) {
    fastify.decorate('limits', createLimits(fastify, options))
  },
  { name: 'limits', dependencies: ['redis'] }
)

function createLimits({ redis }: FastifyInstance, { login, phoneChange, otp }: LimitsOptions) {
  const policy = {
    wait_seconds: login.waitSeconds,
    wait_max_seconds: login.waitMaxSeconds,
    failures_per_day: login.maxFailuresPerDay,
    known_seconds: otp.knownDays * DAY_SECONDS
  }
  const windowTake = defineStep<number>()(redis, 'window-take', {
    keys: ['window'],
    args: { name: String, places: Number, seconds: Number },
    mustLast: true
  })
  const keys = ['row', 'strange', 'known'] as const
  const loginTake = defineStep<number>()(redis, 'login-take', {
    keys,
    args: { name: String, source: String },
    policy,
    mustLast: true
  })
  const loginForgive = defineStep<string[]>()(redis, 'login-forgive', {
    keys,
    args: { source: String },
    policy
  })
  return { login: loginPlaces, knowsLogin, phoneChange: phoneChangePlace, testNumber: testNumberPlace }

  /**
   * The places of a password attempt for a number (E.164). The wait after wrong passwords is per number and source: it
   * doubles from LOGIN_WAIT_SECONDS to LOGIN_WAIT_MAX_SECONDS. All sources where the number did not sign in within
   * OTP_KNOWN_DAYS share LOGIN_MAX_FAILURES_PER_DAY; one source has LOGIN_MAX_FAILURES_PER_ADDRESS an hour for all numbers.
   */
  function loginPlaces(request: Pick<FastifyRequest, 'ip' | 'socket'>, phone: string): Place[] {
    const name = entryName()
    const source = clientAddress(request)
    // The braces keep all keys of a number in one slot of a Redis Cluster.
    const number = {
      row: `login:{${phone}}:row:${source}`,
      strange: `login:{${phone}}:strange`,
      known: knownSources(phone)
    }
    const sourceKey = `login:address:{${source}}`
    return [
      {
        take: async () => ({ wait: await loginTake(number, { name, source }) }),
        refund: () => Promise.all([redis.zrem(number.row, name), redis.zrem(number.strange, name)]),
        forgive: async () => redis.zrem(sourceKey, name, ...(await loginForgive(number, { source })))
      },
      window(sourceKey, login.maxFailuresPerAddress, HOUR_SECONDS, name)
    ]
  }

  /** The Redis key of the sources where a number (E.164) has signed in with its password. */
  function knownSources(phone: string): string {
    return `login:{${phone}}:known`
  }

  /** Whether a number (E.164) has signed in with its password from the source of this request; an expired entry may count. */
  async function knowsLogin(request: Pick<FastifyRequest, 'ip' | 'socket'>, phone: string): Promise<boolean> {
    return (await redis.zscore(knownSources(phone), clientAddress(request))) !== null
  }

  /** The place of a code that a user has sent to a new number: an account is cheap, SMS to numbers of its choice are not. */
  function phoneChangePlace(userId: string): Place {
    return window(`phone-change:{${userId}}`, phoneChange.sendsPerDay, DAY_SECONDS)
  }

  /** The place of a guess at the fixed code of a test number (E.164). */
  function testNumberPlace(phone: string): Place {
    return window(`test-number:{${phone}}:failures`, otp.maxFailuresPerDay, DAY_SECONDS)
  }

  function window(key: string, places: number, seconds: number, name: string = entryName()): Place {
    const giveBack = () => redis.zrem(key, name)
    return {
      take: async () => ({ wait: await windowTake({ window: key }, { name, places, seconds }) }),
      refund: giveBack,
      forgive: giveBack
    }
  }
}
