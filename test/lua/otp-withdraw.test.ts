import { hash, redis, table, text, zset } from './table.ts'

const DAY = 86_400

const code = (send: string) => hash({ send, digest: 'same', long: 0, asker: 'here', most: 5 }, 300)
const other = hash(
  { send: 'other', digest: 'same', long: 1, asker: 'there', most: 5, 'guesses:others': 2 },
  200
)
const older = hash({ send: 'older', digest: 'same', long: 0, asker: 'there', most: 5 }, 100)

table(
  {
    roles: [
      ...(['code', 'previous', 'deviceCooldown', 'deviceSends'] as const),
      ...(['addressCooldown', 'addressSends', 'cooldown', 'sends'] as const)
    ],
    args: { send: 'mine' },
    call: (keys, { send }) => redis.otpWithdraw(keys, send)
  },
  (now) => {
    const sends = (...names: string[]) => zset(Object.fromEntries(names.map((name) => [name, now])), DAY)
    /** What a send has left with everybody. */
    const everywhere = (send: string) => ({
      deviceCooldown: text(send, 60),
      deviceSends: sends(send),
      addressCooldown: text(send, 50),
      addressSends: sends(send),
      cooldown: text(send, 40),
      sends: sends(send)
    })
    const nowhere = {
      deviceCooldown: null,
      deviceSends: null,
      addressCooldown: null,
      addressSends: null,
      cooldown: null,
      sends: null
    }
    return [
      {
        name: 'a stranger gets the send and the cooldown back, and the code is void',
        before: { code: code('mine'), cooldown: text('mine', 60), sends: sends('mine') },
        reply: 1,
        after: { code: null, cooldown: null, sends: null }
      },
      {
        name: 'a known address gets the send and both cooldowns back',
        before: {
          code: code('mine'),
          addressCooldown: text('mine', 60),
          addressSends: sends('mine'),
          cooldown: text('mine', 60)
        },
        reply: 1,
        after: { code: null, addressCooldown: null, addressSends: null, cooldown: null }
      },
      {
        name: 'a known device gets the send and all cooldowns back',
        before: {
          code: code('mine'),
          deviceCooldown: text('mine', 60),
          deviceSends: sends('mine'),
          addressCooldown: text('mine', 300),
          cooldown: text('mine', 300)
        },
        reply: 1,
        after: { code: null, deviceCooldown: null, deviceSends: null, addressCooldown: null, cooldown: null }
      },
      {
        name: 'the code before it is valid again, with its guesses and the rest of its life',
        before: { code: code('mine'), previous: other, cooldown: text('mine', 60), sends: sends('mine') },
        reply: 1,
        after: { code: other, previous: null, cooldown: null, sends: null }
      },
      {
        name: 'while the code of another send is the current one, its sends and cooldowns are given back all the same',
        before: { code: other, previous: older, ...everywhere('mine') },
        reply: 0,
        after: nowhere
      },
      {
        name: 'when the code is gone already, what it left is given back, and no older one becomes valid',
        before: { previous: older, ...everywhere('mine') },
        reply: 1,
        after: { previous: null, ...nowhere }
      },
      {
        name: 'the name is that of the call',
        before: { code: code('yours'), ...everywhere('yours') },
        args: { send: 'yours' },
        reply: 1,
        after: { code: null, ...nowhere }
      },
      {
        name: 'other sends and their cooldowns stay',
        before: {
          code: code('mine'),
          deviceCooldown: text('other', 50),
          deviceSends: sends('other', 'mine'),
          addressCooldown: text('other', 40),
          addressSends: sends('other', 'mine'),
          cooldown: text('other', 30),
          sends: sends('other', 'mine')
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
        name: 'a send that was refused takes nothing from another, though their codes are the same',
        before: { code: other, previous: older, ...everywhere('other') },
        reply: 0
      },
      { name: 'when nothing is left of it, nothing changes', reply: 1 }
    ]
  }
)
