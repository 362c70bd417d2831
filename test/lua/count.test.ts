import { hash, redis, table } from './table.ts'

table(
  {
    roles: ['counts'],
    args: { seconds: 60, kept: 10 },
    call: ([counts = ''], { seconds, kept }) => redis.count(counts, seconds, kept)
  },
  (now) => {
    const minute = Math.floor(now / 60_000)
    const hour = Math.floor(now / 3_600_000)
    return [
      {
        name: 'the first count makes a bucket of one that lives as long as buckets are kept',
        reply: 1,
        after: { counts: hash({ [minute]: 1 }, 600) }
      },
      {
        name: 'a bucket is as long as the call says',
        args: { seconds: 3_600, kept: 25 },
        reply: 1,
        after: { counts: hash({ [hour]: 1 }, 90_000) }
      },
      {
        name: 'the second count of a bucket adds one, forgets nothing and prolongs nothing',
        before: { counts: hash({ [minute]: 1, [minute - 1]: 7, [minute - 10]: 2 }, 50) },
        reply: 1,
        after: { counts: hash({ [minute]: 2, [minute - 1]: 7, [minute - 10]: 2 }, 50) }
      },
      {
        name: 'so does every further one',
        before: { counts: hash({ [minute]: 4, [minute - 10]: 2 }, 50) },
        reply: 1,
        after: { counts: hash({ [minute]: 5, [minute - 10]: 2 }, 50) }
      },
      {
        name: 'with a new bucket those that are too old are forgotten, the oldest that is kept is not',
        before: {
          counts: hash(
            { [minute - 99]: 1, [minute - 11]: 2, [minute - 10]: 3, [minute - 9]: 4, [minute - 1]: 5 },
            50
          )
        },
        reply: 1,
        after: { counts: hash({ [minute - 9]: 4, [minute - 1]: 5, [minute]: 1 }, 600) }
      },
      {
        name: 'how many are kept is told by the call',
        before: { counts: hash({ [minute - 3]: 1, [minute - 2]: 2, [minute - 1]: 3 }, 50) },
        args: { kept: 2 },
        reply: 1,
        after: { counts: hash({ [minute - 1]: 3, [minute]: 1 }, 120) }
      }
    ]
  }
)
