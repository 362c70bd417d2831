import { hash, redis, table } from './table.ts'

/** So many that they never matter. */
const PLENTY = 1_000_000

const args = {
  parts: 2,
  messagesPerDay: 10,
  partsPerDay: 20,
  prefixPerHour: 100,
  prefixFactor: 3,
  minSent: 4,
  percent: 50,
  young: 2,
  kept: 15
}
type Args = Partial<typeof args>
type ByAge = Record<number, number>

table(
  {
    roles: ['sent', 'used', 'usedByDay', 'addressSent', 'addressUsed', 'messages', 'parts'],
    args,
    call: (keys, { parts, messagesPerDay, partsPerDay, prefixPerHour, prefixFactor, ...rest }) =>
      redis.smsTake(keys, [
        ...[parts, messagesPerDay, partsPerDay, prefixPerHour, prefixFactor],
        ...[rest.minSent, rest.percent, rest.young, rest.kept]
      ])
  },
  (now) => {
    /** Counts by how many buckets ago, living on for so long. */
    const counts = (bucketSeconds: number, seconds: number) => (byAge: ByAge) => {
      const bucket = Math.floor(now / 1_000 / bucketSeconds)
      const places = Object.entries(byAge).map(([age, count]) => [bucket - Number(age), count])
      return hash(Object.fromEntries(places), seconds)
    }
    const untilNext = (seconds: number) => Math.ceil((seconds * 1_000 - (now % (seconds * 1_000))) / 1_000)
    const messages = counts(300, 4_500)
    const hours = counts(3_600, 90_000)
    const days = counts(86_400, 691_200)

    const counted = {
      sent: messages({ 0: 1 }),
      addressSent: messages({ 0: 1 }),
      messages: hours({ 0: 1 }),
      parts: hours({ 0: 2 })
    }
    const taken = ['taken', 0]
    const service = ['service', untilNext(3_600)]
    const prefix = ['prefix', untilNext(300)]
    const address = ['address', untilNext(300)]
    /** For rows that count messages, not their use. */
    const usedOrNot = { minSent: PLENTY }

    /** After so many messages to the prefix by age, of which so many were used. */
    const toPrefix = (name: string, reply: unknown, sent: ByAge, used: ByAge, args: Args = {}) => ({
      name,
      before: { sent: messages(sent), used: messages(used) },
      args,
      reply,
      after: { ...counted, sent: messages({ ...sent, 0: (sent[0] ?? 0) + 1 }) }
    })
    const fromAddress = (name: string, reply: unknown, sent: ByAge, used: ByAge) => ({
      name,
      before: {
        addressSent: messages(sent),
        addressUsed: messages(used)
      },
      reply,
      after: { ...counted, addressSent: messages({ ...sent, 0: (sent[0] ?? 0) + 1 }) }
    })
    /** After so many messages to the prefix in this bucket, where so many were used on the days before. */
    const usual = (name: string, reply: unknown, sent: number, usedByDay: ByAge, args: Args = {}) => ({
      name,
      before: { sent: messages({ 0: sent }), usedByDay: days(usedByDay) },
      args: { ...usedOrNot, ...args },
      reply,
      after: { ...counted, sent: messages({ 0: sent + 1 }) }
    })

    return [
      {
        name: 'the first message is counted for its prefix, its address and the service, with its parts',
        reply: taken,
        after: counted
      },
      {
        name: 'the parts are those of the message, and buckets are kept as long as the call says',
        args: { parts: 3, kept: 16 },
        reply: taken,
        after: {
          sent: counts(300, 4_800)({ 0: 1 }),
          addressSent: counts(300, 4_800)({ 0: 1 }),
          messages: hours({ 0: 1 }),
          parts: hours({ 0: 3 })
        }
      },

      // The service.
      {
        name: 'the last message of the day is taken',
        before: { messages: hours({ 0: 4, 23: 5 }) },
        reply: taken,
        after: { ...counted, messages: hours({ 0: 5, 23: 5 }) }
      },
      {
        name: 'after that the service waits for the next hour, and nothing is counted',
        before: { messages: hours({ 0: 5, 24: 5 }) },
        reply: service
      },
      {
        name: 'it waits also when more were sent than a day has',
        before: { messages: hours({ 12: 11 }) },
        reply: service
      },
      {
        name: 'messages of more than a day ago are forgotten',
        before: { messages: hours({ 25: 10, 24: 9 }) },
        reply: taken,
        after: { ...counted, messages: hours({ 24: 9, 0: 1 }) }
      },
      {
        name: 'the last parts of the day are taken',
        before: { parts: hours({ 0: 9, 23: 9 }) },
        reply: taken,
        after: { ...counted, parts: hours({ 0: 11, 23: 9 }) }
      },
      {
        name: 'a message with more parts than are left is not, and the service waits for the next hour',
        before: { parts: hours({ 0: 9, 24: 10 }) },
        reply: service
      },
      {
        name: 'a message with as many parts as are left is',
        before: { parts: hours({ 0: 9, 24: 10 }) },
        args: { parts: 1 },
        reply: taken,
        after: { ...counted, parts: hours({ 0: 10, 24: 10 }) }
      },
      {
        name: 'parts of more than a day ago are forgotten',
        before: { parts: hours({ 25: 20, 24: 18 }) },
        reply: taken,
        after: { ...counted, parts: hours({ 24: 18, 0: 2 }) }
      },
      {
        name: 'that the service waits is told before what a prefix has spent',
        before: { messages: hours({ 0: 10 }), sent: messages({ 0: 100 }) },
        reply: service
      },

      // A prefix with too many.
      toPrefix('the last message of an hour to a prefix is taken', taken, { 0: 99 }, {}, usedOrNot),
      toPrefix(
        'after that the prefix waits for the next bucket, and is counted',
        prefix,
        { 0: 100 },
        {},
        usedOrNot
      ),
      toPrefix('it waits also when more were sent than an hour has', prefix, { 0: 101 }, {}, usedOrNot),
      toPrefix('messages of an hour ago are of this hour', prefix, { 0: 1, 6: 49, 12: 50 }, {}, usedOrNot),
      toPrefix('messages of more than an hour ago are not', taken, { 0: 1, 6: 49, 13: 50 }, {}, usedOrNot),
      // 8 400 codes used in a week are 50 in an hour.
      usual('three times the codes used in a usual hour are taken', taken, 149, { 3: 8_400 }),
      usual('then the prefix waits', prefix, 150, { 3: 8_400 }),
      usual('how many times is told by the call', taken, 150, { 3: 8_400 }, { prefixFactor: 4 }),
      usual('the day before tells what is usual', taken, 149, { 1: 8_400 }),
      usual('the day of a week ago tells what is usual', taken, 149, { 7: 8_400 }),
      usual('this day does not, nor that of eight days ago', prefix, 100, { 0: 8_400, 8: 8_400 }),

      // A prefix whose codes are not used: half of four.
      toPrefix('too few messages tell nothing of their use', taken, { 5: 3 }, {}),
      toPrefix('enough messages of which none was used make the prefix wait', prefix, { 5: 4 }, {}),
      toPrefix('as many used as must be are enough', taken, { 5: 4 }, { 5: 2 }),
      toPrefix('one less is not', prefix, { 5: 4 }, { 5: 1 }),
      toPrefix('of an odd number more than half must be used', prefix, { 5: 5 }, { 5: 2 }),
      toPrefix('and more than half are', taken, { 5: 5 }, { 5: 3 }),
      toPrefix('how many per cent is told by the call', taken, { 5: 5 }, { 5: 2 }, { percent: 40 }),
      toPrefix('messages whose codes may yet be used are not looked at', taken, { 5: 3, 1: 50, 0: 40 }, {}),
      toPrefix('the youngest that are looked at', prefix, { 5: 3, 2: 1 }, {}),
      toPrefix('the oldest that are looked at', prefix, { 13: 1, 5: 3 }, {}),
      toPrefix('older messages are not looked at', taken, { 14: 1, 5: 3 }, {}),
      toPrefix('codes that were used a moment ago count', taken, { 5: 4 }, { 0: 2 }),
      toPrefix('codes that were used with the oldest messages count', taken, { 5: 4 }, { 13: 2 }),
      toPrefix('codes that were used before them do not', prefix, { 5: 4 }, { 14: 2 }),
      toPrefix('which buckets are too young is told by the call', prefix, { 5: 3, 1: 1 }, {}, { young: 1 }),
      toPrefix('and so is the hour that is looked at', taken, { 13: 1, 5: 3 }, {}, { young: 1 }),
      {
        name: 'buckets of fifteen ago are forgotten, for the prefix and for the address',
        before: { sent: messages({ 15: 9, 14: 1 }), addressSent: messages({ 15: 9, 14: 1 }) },
        reply: taken,
        after: { ...counted, sent: messages({ 14: 1, 0: 1 }), addressSent: messages({ 14: 1, 0: 1 }) }
      },

      // An address whose codes are not used.
      fromAddress(
        'an address may ask for any number, used or not, while they are young',
        taken,
        { 0: 300, 1: 300 },
        {}
      ),
      fromAddress('too few messages for an address tell nothing', taken, { 5: 3 }, {}),
      fromAddress(
        'enough of which none was used make the address wait, and it is counted',
        address,
        { 5: 4 },
        {}
      ),
      fromAddress('as many used as must be are enough for an address', taken, { 5: 4 }, { 5: 2 }),
      fromAddress('one less is not enough for an address', address, { 5: 4 }, { 5: 1 }),
      fromAddress('a share that is hardly less is not enough either', address, { 5: 201 }, { 5: 100 }),
      {
        name: 'codes that were used for the address were not all used for the prefix',
        before: { sent: messages({ 5: 4 }), addressUsed: messages({ 5: 4 }) },
        reply: prefix,
        after: { ...counted, sent: messages({ 5: 4, 0: 1 }) }
      },
      {
        name: 'that the prefix waits is told before the address',
        before: { sent: messages({ 5: 4 }), addressSent: messages({ 5: 4 }) },
        reply: prefix,
        after: { ...counted, sent: messages({ 5: 4, 0: 1 }), addressSent: messages({ 5: 4, 0: 1 }) }
      }
    ]
  }
)
