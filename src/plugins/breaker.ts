import fp from 'fastify-plugin'
import type { GuardPolicy } from '../guard-policy.ts'

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
    }
  }
}

// One slot of a Redis Cluster.
const KEYS = ['breaker:{all}:minutes', 'breaker:{all}:hours', 'breaker:{all}:strict'] as const

/** `fastify.breaker`: watches the failed guesses of the whole service, over all numbers and addresses. */
export default fp<BreakerOptions>(
  async function breaker(fastify, { policy, mode, checkMs }) {
    let strict = mode === 'on'
    fastify.decorate('breaker', {
      isStrict: () => strict,
      async noteFailure() {
        if (mode !== 'auto') return
        const { tenMinutes, tenMinutesFactor, day, dayPercent, strictSeconds } = policy
        const limits = [tenMinutes, tenMinutesFactor, day, dayPercent, strictSeconds]
        become((await fastify.redis.breakerNote([...KEYS], limits)) === 1)
      }
    })
    if (mode !== 'auto') return

    const look = async () => become((await fastify.redis.exists(KEYS[2])) === 1)
    await look()
    const timer = setInterval(() => {
      // An outage leaves it as it is; whatever needs Redis says so itself.
      look().catch(() => {})
    }, checkMs).unref()
    fastify.addHook('onClose', async () => clearInterval(timer))

    function become(on: boolean) {
      if (on === strict) return
      strict = on
      if (on)
        fastify.log.warn({ event: 'strict_mode_entered' }, 'strict mode: more failed guesses than usual')
      else fastify.log.warn({ event: 'strict_mode_left' }, 'strict mode is over')
    }
  },
  { name: 'breaker', dependencies: ['redis'] }
)
