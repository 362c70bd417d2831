import { sendsAt, shortCode, testSends } from './otp.ts'
import { ago, zset } from './table.ts'

const COOLDOWN = 60
const LIFE = 300

testSends({ resendSeconds: COOLDOWN, ttlSeconds: LIFE, sendsPerHour: 3 }, (now) => {
  const { short, cooldown, waits } = sendsAt(now)
  const sent = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  return [
    ...(['device', 'known', 'familiar', 'stranger'] as const).flatMap((standing) => {
      const sends = `${standing}_sends`
      return [
        cooldown(
          `a ${standing} one waits for its own last code, and nothing changes`,
          COOLDOWN - 10,
          standing,
          { code: shortCode(), previous: shortCode({ digest: 'older' }), [sends]: sent(200, 10) }
        ),
        short(`no longer than its cooldown`, standing, { [sends]: sent(COOLDOWN) })
      ]
    }),
    cooldown('a cooldown of a millisecond is told as a second', 1, 'stranger', {
      stranger_sends: sent(COOLDOWN - 0.001)
    }),
    cooldown('one of 1.001 seconds as two', 2, 'stranger', { stranger_sends: sent(COOLDOWN - 1.001) }),

    // The codes of better standings.
    cooldown('a stranger waits for the code of a familiar one', COOLDOWN - 10, 'stranger', {
      familiar_sends: sent(10)
    }),
    cooldown('and of a known source', COOLDOWN - 10, 'stranger', { known_sends: sent(10) }),
    cooldown('a familiar one waits for that of a known source', COOLDOWN - 10, 'familiar', {
      known_sends: sent(10)
    }),
    short('no longer than the cooldown', 'familiar', { known_sends: sent(COOLDOWN) }),
    ...(['known', 'familiar', 'stranger'] as const).flatMap((standing) => [
      cooldown(`a ${standing} one does not replace the code of a known device while it lives`, 1, standing, {
        code: shortCode({ send: `${LIFE - 0.001} s ago` }),
        device_sends: sent(LIFE - 0.001)
      }),
      short('nor waits for it once it is spent', standing, { device_sends: sent(COOLDOWN) }),
      cooldown('but for the cooldown', 1, standing, { device_sends: sent(COOLDOWN - 0.001) }),
      short('but then it does', standing, { device_sends: sent(LIFE) })
    ]),
    cooldown('of two cooldowns the longer is told', LIFE - 200, 'stranger', {
      code: shortCode({ send: '200 s ago' }),
      device_sends: sent(200),
      stranger_sends: sent(10)
    }),
    cooldown('whoever it is of', COOLDOWN - 10, 'stranger', {
      code: shortCode({ send: `${LIFE - 20} s ago` }),
      device_sends: sent(LIFE - 20),
      stranger_sends: sent(10)
    }),

    // The codes of worse standings.
    short('a familiar one does not wait for strangers', 'familiar', { stranger_sends: sent(10) }),
    short('nor a known source for both', 'known', { stranger_sends: sent(10), familiar_sends: sent(10) }),
    short('nor a known device for all', 'device', {
      stranger_sends: sent(10),
      familiar_sends: sent(10),
      known_sends: sent(10)
    }),

    cooldown('a cooldown is told before a budget that is spent', COOLDOWN - 10, 'stranger', {
      stranger_sends: sent(30, 20, 10)
    }),
    waits('and after it the budget', 3_600 - 100, 'stranger', { stranger_sends: sent(100, 90, 80) })
  ]
})
