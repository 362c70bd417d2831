import { hash, redis, table, text, zset } from './table.ts'

const mine = hash({ digest: 'mine', long: 0, asker: 'here', most: 5 }, 300)
const other = hash({ digest: 'other', long: 1, asker: 'there', most: 5, 'guesses:others': 2 }, 200)

table(
  {
    roles: [
      ...(['code', 'previous', 'deviceCooldown', 'deviceSends'] as const),
      ...(['addressCooldown', 'addressSends', 'cooldown', 'sends'] as const)
    ],
    args: { digest: 'mine' },
    call: (keys, { digest }) => redis.otpWithdraw(keys, digest)
  },
  (now) => [
    {
      name: 'a stranger gets the send and the cooldown back, and the code is void',
      before: { code: mine, cooldown: text('mine', 60), sends: zset({ mine: now }, 86_400) },
      reply: 1,
      after: { code: null, cooldown: null, sends: null }
    },
    {
      name: 'a known address gets its send and both cooldowns back',
      before: {
        code: mine,
        addressCooldown: text('mine', 60),
        addressSends: zset({ mine: now }, 86_400),
        cooldown: text('mine', 60)
      },
      reply: 1,
      after: { code: null, addressCooldown: null, addressSends: null, cooldown: null }
    },
    {
      name: 'a known device gets its send and all cooldowns back',
      before: {
        code: mine,
        deviceCooldown: text('mine', 60),
        deviceSends: zset({ mine: now }, 86_400),
        addressCooldown: text('mine', 60),
        cooldown: text('mine', 60)
      },
      reply: 1,
      after: { code: null, deviceCooldown: null, deviceSends: null, addressCooldown: null, cooldown: null }
    },
    {
      name: 'the code before it is valid again, with its guesses and the rest of its life',
      before: { code: mine, previous: other, cooldown: text('mine', 60), sends: zset({ mine: now }, 86_400) },
      reply: 1,
      after: { code: other, previous: null, cooldown: null, sends: null }
    },
    {
      name: 'the sends and cooldowns of other codes stay',
      before: {
        code: mine,
        deviceCooldown: text('other', 50),
        deviceSends: zset({ other: now, mine: now }, 86_400),
        addressCooldown: text('other', 40),
        addressSends: zset({ other: now, mine: now }, 80_000),
        cooldown: text('other', 30),
        sends: zset({ other: now, mine: now }, 70_000)
      },
      reply: 1,
      after: {
        code: null,
        deviceSends: zset({ other: now }, 86_400),
        addressSends: zset({ other: now }, 80_000),
        sends: zset({ other: now }, 70_000)
      }
    },
    {
      name: 'while another code is the current one, nothing changes',
      before: {
        code: other,
        previous: mine,
        deviceCooldown: text('mine', 60),
        deviceSends: zset({ mine: now }, 86_400),
        addressCooldown: text('mine', 60),
        addressSends: zset({ mine: now }, 86_400),
        cooldown: text('mine', 60),
        sends: zset({ mine: now }, 86_400)
      },
      reply: 0
    },
    {
      name: 'when it is gone already, its send is given back, and no older code becomes valid',
      before: { previous: other, cooldown: text('mine', 60), sends: zset({ mine: now }, 86_400) },
      reply: 1,
      after: { previous: null, cooldown: null, sends: null }
    },
    { name: 'when nothing is left of it, nothing changes', reply: 1 }
  ]
)
