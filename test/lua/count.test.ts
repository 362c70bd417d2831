import { hash, redis, table } from './table.ts'

table(
  {
    roles: ['counts'],
    args: { seconds: 60, kept: 10, amount: 1 },
    call: ([counts = ''], { seconds, kept, amount }) => redis.count(counts, seconds, kept, amount)
  },
  (now) => {
    const minute = Math.floor(now / 60_000)
    const hour = Math.floor(now / 3_600_000)
    return [
      {
        name: 'the first count makes a bucket that lives as long as buckets are kept',
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
        name: 'more than one can be counted at once',
        args: { amount: 3 },
        reply: 1,
        after: { counts: hash({ [minute]: 3 }, 600) }
      },
      {
        name: 'a further count of the same bucket adds up, forgets nothing and prolongs nothing',
        before: { counts: hash({ [minute]: 4, [minute - 1]: 7, [minute - 10]: 2 }, 50) },
        args: { amount: 3 },
        reply: 1,
        after: { counts: hash({ [minute]: 7, [minute - 1]: 7, [minute - 10]: 2 }, 50) }
      },
      {
        name: 'a count can be taken back, which prolongs nothing',
        before: { counts: hash({ [minute]: 4, [minute - 10]: 2 }, 50) },
        args: { amount: -3 },
        reply: 1,
        after: { counts: hash({ [minute]: 1, [minute - 10]: 2 }, 50) }
      },
      {
        name: 'what is taken back after its bucket has ended makes the next one less than nothing',
        before: { counts: hash({ [minute - 1]: 4 }, 50) },
        args: { amount: -3 },
        reply: 1,
        after: { counts: hash({ [minute - 1]: 4, [minute]: -3 }, 600) }
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
