import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400

table(
  {
    roles: ['failures', 'signedIn'],
    args: {},
    call: (keys) => redis.addressSucceed(keys, 'mine', 'number')
  },
  (now) => [
    {
      name: 'the guess is no failure any more, and the number is noted for a day',
      before: { failures: zset({ mine: now - 5 }, 500) },
      reply: 1,
      after: { failures: null, signedIn: zset({ number: now }, DAY) }
    },
    {
      name: 'other failures and sign-ins stay',
      before: { failures: zset({ ...ago(now, 20, 10), mine: now }, 500), signedIn: zset(ago(now, 30), 500) },
      reply: 1,
      after: {
        failures: zset(ago(now, 20, 10), 500),
        signedIn: zset({ ...ago(now, 30), number: now }, DAY)
      }
    },
    {
      name: 'a number that signs in again counts once, as of now',
      before: { signedIn: zset({ number: now - 30_000 }, 500) },
      reply: 1,
      after: { signedIn: zset({ number: now }, DAY) }
    },
    {
      name: 'sign-ins of a day ago are forgotten, and no younger ones',
      before: { signedIn: zset(ago(now, DAY + 1, DAY, DAY - 0.001), 500) },
      reply: 1,
      after: { signedIn: zset({ ...ago(now, DAY - 0.001), number: now }, DAY) }
    }
  ]
)
