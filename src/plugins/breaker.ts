import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'

export interface BreakerOptions {
  policy: GuardPolicy['breaker']
  /** `auto`: strict while there are more failed guesses than usual. */
  mode: 'auto' | 'on' | 'off'
  /** How often to ask whether another process has switched it (ms). */
  checkMs: number
}

declare module 'fastify' {
  interface FastifyInstance {
    breaker: {
      /** Whether codes are long and guesses few, for everybody; nobody is refused for it. */
      isStrict(): boolean
      /** Counts a failed guess, whosever it was. */
      noteFailure(): Promise<void>
      /** Counts a code that was used: so many failed guesses are usual as sign-ins can explain. */
      noteSignIn(): Promise<void>
    }
  }
}

const HOUR_SECONDS = 3_600
/** The week that tells what is usual, and the day that is compared with it. */
const KEPT_HOURS = 192

// One slot of a Redis Cluster. The length of the buckets ends the name.
const KEYS = {
  failuresByMinute: 'breaker:{all}:failures:60',
  failuresByHour: `breaker:{all}:failures:${HOUR_SECONDS}`,
  signInsByHour: `breaker:{all}:sign-ins:${HOUR_SECONDS}`,
  strict: 'breaker:{all}:strict',
  entered: 'breaker:{all}:entered'
}

/** `fastify.breaker`: watches the failed guesses of the whole service, over all numbers and addresses. */
export default fp<BreakerOptions>(
  async function breaker(fastify, { policy, mode, checkMs }) {
    const { redis, log } = fastify
    let strict = mode === 'on'
    fastify.decorate('breaker', {
      isStrict: () => strict,
      async noteFailure() {
        if (mode !== 'auto') return
        const { tenMinutes, tenMinutesFactor, day, dayPercent, usualPercent, strictSeconds } = policy
        const limits = [tenMinutes, tenMinutesFactor, day, dayPercent, usualPercent, strictSeconds]
        become(await redis.breakerNote(Object.values(KEYS), limits))
      },
      async noteSignIn() {
        if (mode === 'auto') await redis.count(KEYS.signInsByHour, HOUR_SECONDS, KEPT_HOURS)
      }
    })
    if (mode !== 'auto') return

    const look = async () => become(Number(await redis.get(KEYS.strict)))
    await look()
    const timer = setInterval(() => {
      // An outage leaves it as it is; whatever needs Redis says so itself.
      look().catch(() => {})
    }, checkMs).unref()
    fastify.addHook('onClose', async () => clearInterval(timer))

    /** `entered`: how often strict mode was entered, by whichever process; 0 when it is over. */
    function become(entered: number) {
      if (entered > 0 === strict) return
      strict = entered > 0
      if (strict) {
        log.warn(
          { event: 'strict_mode_entered', times: entered },
          'strict mode: more failed guesses than usual'
        )
      } else log.warn({ event: 'strict_mode_left' }, 'strict mode is over')
    }
  },
  { name: 'breaker', dependencies: ['redis'] }
)
