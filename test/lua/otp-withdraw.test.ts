import { hash, redis, table, text, zset } from './table.ts'

const DAY = 86_400

const code = (digest: string) => hash({ digest, long: 0, asker: 'here', most: 5 }, 300)
const other = hash({ digest: 'other', long: 1, asker: 'there', most: 5, 'guesses:others': 2 }, 200)
const older = hash({ digest: 'older', long: 0, asker: 'there', most: 5 }, 100)

table(
  {
    roles: [
      ...(['code', 'previous', 'deviceCooldown', 'deviceSends'] as const),
      ...(['addressCooldown', 'addressSends', 'cooldown', 'sends'] as const)
    ],
    args: { short: 'short', long: 'long' },
    call: (keys, { short, long }) => redis.otpWithdraw(keys, short, long)
  },
  (now) => {
    const sends = (...digests: string[]) =>
      zset(Object.fromEntries(digests.map((digest) => [digest, now])), DAY)
    /** What a code has left with everybody. */
    const everywhere = (digest: string) => ({
      deviceCooldown: text(digest, 60),
      deviceSends: sends(digest),
      addressCooldown: text(digest, 50),
      addressSends: sends(digest),
      cooldown: text(digest, 40),
      sends: sends(digest)
    })
    const nowhere = {
      deviceCooldown: null,
      deviceSends: null,
      addressCooldown: null,
      addressSends: null,
      cooldown: null,
      sends: null
    }
    /** Whichever of the two was stored. */
    const either = (digest: string) => [
      {
        name: `a stranger gets the send and the cooldown of a ${digest} code back, and the code is void`,
        before: { code: code(digest), cooldown: text(digest, 60), sends: sends(digest) },
        reply: 1,
        after: { code: null, cooldown: null, sends: null }
      },
      {
        name: `a known address gets the send and both cooldowns of a ${digest} code back`,
        before: {
          code: code(digest),
          addressCooldown: text(digest, 60),
          addressSends: sends(digest),
          cooldown: text(digest, 60)
        },
        reply: 1,
        after: { code: null, addressCooldown: null, addressSends: null, cooldown: null }
      },
      {
        name: `a known device gets the send and all cooldowns of a ${digest} code back`,
        before: {
          code: code(digest),
          deviceCooldown: text(digest, 60),
          deviceSends: sends(digest),
          addressCooldown: text(digest, 300),
          cooldown: text(digest, 300)
        },
        reply: 1,
        after: { code: null, deviceCooldown: null, deviceSends: null, addressCooldown: null, cooldown: null }
      },
      {
        name: `the code before a ${digest} one is valid again, with its guesses and the rest of its life`,
        before: { code: code(digest), previous: other, cooldown: text(digest, 60), sends: sends(digest) },
        reply: 1,
        after: { code: other, previous: null, cooldown: null, sends: null }
      },
      {
        name: `while another is the current one, a ${digest} code gives sends and cooldowns back all the same`,
        before: { code: other, previous: older, ...everywhere(digest) },
        reply: 0,
        after: nowhere
      },
      {
        name: `when a ${digest} code is gone already, what it left is given back, and no older one becomes valid`,
        before: { previous: older, ...everywhere(digest) },
        reply: 1,
        after: { previous: null, ...nowhere }
      }
    ]
    return [
      ...either('short'),
      ...either('long'),
      {
        name: 'the digests are those of the call',
        before: { code: code('mine'), ...everywhere('mine') },
        args: { short: 'none', long: 'mine' },
        reply: 1,
        after: { code: null, ...nowhere }
      },
      {
        name: 'the sends and cooldowns of other codes stay',
        before: {
          code: code('short'),
          deviceCooldown: text('other', 50),
          deviceSends: sends('other', 'short'),
          addressCooldown: text('other', 40),
          addressSends: sends('other', 'short'),
          cooldown: text('other', 30),
          sends: sends('other', 'short')
        },
        reply: 1,
        after: {
          code: null,
          deviceSends: sends('other'),
          addressSends: sends('other'),
          sends: sends('other')
        }
      },
      {
        name: 'while another code is the current one, what that one left stays',
        before: { code: other, previous: older, ...everywhere('other') },
        reply: 0
      },
      { name: 'when nothing is left of it, nothing changes', reply: 1 }
    ]
  }
)
