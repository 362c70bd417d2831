import { hash, redis, table } from './table.ts'

type ByAge = Record<number, number>

table(
  {
    roles: ['recent', 'sent', 'addressRecent', 'addressSent', 'messages', 'parts'],
    args: { parts: 3, moment: 0 },
    call: (keys, { parts, moment }) => redis.smsGiveBack(keys, parts, moment)
  },
  (now) => {
    /** Counts by how many buckets before that of the moment, living on for so long. */
    const countsAt = (moment: number, bucketSeconds: number, seconds: number) => (byAge: ByAge) => {
      const bucket = Math.floor(moment / 1_000 / bucketSeconds)
      const places = Object.entries(byAge).map(([age, count]) => [bucket - Number(age), count])
      return hash(Object.fromEntries(places), seconds)
    }
    // So long ago that its buckets are not those of now.
    const moment = now - 7_777_777
    const startOfHour = moment - (moment % 3_600_000)
    const endOfHour = startOfHour + 3_599_999
    const buckets = countsAt(moment, 300, 50)
    const hours = countsAt(moment, 3_600, 60)
    /** The same for all, but for parts. */
    const allAt = (moment: number) => {
      const buckets = countsAt(moment, 300, 50)
      const hours = countsAt(moment, 3_600, 60)
      return (byAge: ByAge, parts: ByAge = byAge) => ({
        recent: buckets(byAge),
        sent: hours(byAge),
        addressRecent: buckets(byAge),
        addressSent: hours(byAge),
        messages: hours(byAge),
        parts: hours(parts)
      })
    }
    const all = allAt(moment)
    const between = (name: string, moment: number) => ({
      name,
      before: allAt(moment)({ '-1': 8, 0: 8, 1: 8 }),
      args: { moment },
      reply: 1,
      after: allAt(moment)({ '-1': 8, 0: 7, 1: 8 }, { '-1': 8, 0: 5, 1: 8 })
    })

    return [
      {
        name: 'a message that was counted alone leaves nothing behind',
        before: all({ 0: 1 }, { 0: 3 }),
        args: { moment },
        reply: 1,
        after: all({})
      },
      {
        name: 'each count is one less, that of parts as many as the message has, and none lives longer',
        before: {
          recent: buckets({ 0: 4 }),
          sent: hours({ 0: 5 }),
          addressRecent: buckets({ 0: 6 }),
          addressSent: hours({ 0: 7 }),
          messages: hours({ 0: 8 }),
          parts: hours({ 0: 9 })
        },
        args: { moment },
        reply: 1,
        after: {
          recent: buckets({ 0: 3 }),
          sent: hours({ 0: 4 }),
          addressRecent: buckets({ 0: 5 }),
          addressSent: hours({ 0: 6 }),
          messages: hours({ 0: 7 }),
          parts: hours({ 0: 6 })
        }
      },
      {
        name: 'how many parts the message has is told by the call',
        before: all({ 0: 2 }, { 0: 9 }),
        args: { moment, parts: 2 },
        reply: 1,
        after: all({ 0: 1 }, { 0: 7 })
      },
      {
        name: 'one that is left of a count stays',
        before: all({ 0: 2 }, { 0: 4 }),
        args: { moment },
        reply: 1,
        after: all({ 0: 1 }, { 0: 1 })
      },
      {
        name: 'a bucket that falls to nothing is removed, those beside it stay',
        before: all({ '-1': 1, 0: 1, 1: 1 }, { '-1': 3, 0: 3, 1: 3 }),
        args: { moment },
        reply: 1,
        after: all({ '-1': 1, 1: 1 }, { '-1': 3, 1: 3 })
      },
      {
        name: 'a bucket that would fall below nothing is removed, those beside it stay',
        before: { parts: hours({ 0: 2, 1: 7 }) },
        args: { moment },
        reply: 1,
        after: { parts: hours({ 1: 7 }) }
      },
      {
        name: 'when the buckets are no longer there, nothing changes',
        before: all({ '-1': 5, 1: 6 }),
        args: { moment },
        reply: 1
      },
      { name: 'when nothing was counted, nothing changes', args: { moment }, reply: 1 },
      between('what was counted in this millisecond is given back', now),
      between('the first millisecond of an hour is of its own buckets', startOfHour),
      between('the last millisecond of an hour is of its own buckets', endOfHour)
    ]
  }
)
