import { hash, redis, table } from './table.ts'

/** So many that they never matter. */
const PLENTY = 1_000_000

const args = {
  parts: 2,
  messagesPerDay: 10,
  partsPerDay: 20,
  prefixPerHour: 100,
  prefixFactor: 3,
  few: 4,
  percent: 50,
  young: 2,
  kept: 15,
  keptBackPercent: 0
}
type Args = Partial<typeof args>
type ByAge = Record<number, number>
/** Codes sent, by five minutes and by hour, and codes used, by hour. */
interface Codes {
  recent?: ByAge
  sent?: ByAge
  used?: ByAge
}

table(
  {
    roles: [
      ...(['recent', 'sent', 'used', 'addressRecent', 'addressSent', 'addressUsed'] as const),
      ...(['usedByDay', 'messages', 'parts'] as const)
    ],
    args,
    call: (keys, { parts, messagesPerDay, partsPerDay, prefixPerHour, prefixFactor, ...rest }) =>
      redis.smsTake(keys, [
        ...[parts, messagesPerDay, partsPerDay, prefixPerHour, prefixFactor],
        ...[rest.few, rest.percent, rest.young, rest.kept, rest.keptBackPercent]
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
    const buckets = counts(300, 4_500)
    const hours = counts(3_600, 90_000)
    const days = counts(86_400, 691_200)
    const oneMore = (byAge: ByAge = {}) => ({ ...byAge, 0: (byAge[0] ?? 0) + 1 })

    const counted = {
      recent: buckets({ 0: 1 }),
      sent: hours({ 0: 1 }),
      addressRecent: buckets({ 0: 1 }),
      addressSent: hours({ 0: 1 }),
      messages: hours({ 0: 1 }),
      parts: hours({ 0: 2 })
    }
    const taken = ['taken', 0, now]
    const service = ['service', untilNext(3_600), 0]
    const address = ['address', untilNext(300), now]
    const low = ['low', untilNext(300), now]
    const prefix = ['prefix', untilNext(300), now]
    /** For rows that count messages, not their use. */
    const usedOrNot = { few: PLENTY }

    const ofPrefix = ({ recent = {}, sent = {}, used = {} }: Codes) => ({
      recent: buckets(recent),
      sent: hours(sent),
      used: hours(used)
    })
    const ofAddress = ({ recent = {}, sent = {}, used = {} }: Codes) => ({
      addressRecent: buckets(recent),
      addressSent: hours(sent),
      addressUsed: hours(used)
    })
    /** Codes to the prefix, and of what is the address's so far. */
    const toPrefix = (name: string, reply: unknown, codes: Codes, args: Args = {}) => ({
      name,
      before: ofPrefix(codes),
      args,
      reply,
      after: { ...counted, recent: buckets(oneMore(codes.recent)), sent: hours(oneMore(codes.sent)) }
    })
    const fromAddress = (name: string, reply: unknown, codes: Codes, args: Args = {}) => ({
      name,
      before: ofAddress(codes),
      args,
      reply,
      after: {
        ...counted,
        addressRecent: buckets(oneMore(codes.recent)),
        addressSent: hours(oneMore(codes.sent))
      }
    })
    /** After so many messages to the prefix in this bucket, where so many were used on the days before. */
    const usual = (name: string, reply: unknown, recent: number, usedByDay: ByAge, args: Args = {}) => ({
      name,
      before: { recent: buckets({ 0: recent }), usedByDay: days(usedByDay) },
      args: { ...usedOrNot, ...args },
      reply,
      after: { ...counted, recent: buckets({ 0: recent + 1 }) }
    })
    /** After so many messages and parts of the service in this hour. */
    const serviceSent = (name: string, reply: unknown, messages: number, parts: number, args: Args) => ({
      name,
      before: { messages: hours({ 0: messages }), parts: hours({ 0: parts }) },
      args: { messagesPerDay: 1_000, partsPerDay: 1_000, ...args },
      reply,
      after: { ...counted, messages: hours({ 0: messages + 1 }), parts: hours({ 0: parts + 2 }) }
    })
    /** Enough that are dead, none of them used: what makes a prefix, or an address, wait. */
    const pumped = { recent: { 5: 4 }, sent: { 0: 4 } }
    const onePumpedMore = { recent: { 5: 4, 0: 1 }, sent: { 0: 5 } }

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
          ...counted,
          recent: counts(300, 4_800)({ 0: 1 }),
          addressRecent: counts(300, 4_800)({ 0: 1 }),
          parts: hours({ 0: 3 })
        }
      },
      {
        name: 'buckets of fifteen ago are forgotten, for the prefix and for the address',
        before: { recent: buckets({ 15: 9, 14: 1 }), addressRecent: buckets({ 15: 9, 14: 1 }) },
        reply: taken,
        after: { ...counted, recent: buckets({ 14: 1, 0: 1 }), addressRecent: buckets({ 14: 1, 0: 1 }) }
      },
      {
        name: 'hours of more than a day ago are forgotten, for the prefix and for the address',
        before: { sent: hours({ 25: 9, 24: 1 }), addressSent: hours({ 25: 9, 24: 1 }) },
        reply: taken,
        after: { ...counted, sent: hours({ 24: 1, 0: 1 }), addressSent: hours({ 24: 1, 0: 1 }) }
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
        name: 'that the service waits is told before all else',
        before: { messages: hours({ 0: 10 }), ...ofPrefix(pumped), ...ofAddress(pumped) },
        args: { keptBackPercent: 20 },
        reply: service
      },

      // What the service keeps back for who is known: a fifth of a thousand.
      serviceSent('the last message that is not kept back is taken', taken, 799, 0, { keptBackPercent: 20 }),
      serviceSent('after that the service has little left, and counts', low, 800, 0, { keptBackPercent: 20 }),
      serviceSent('the last parts that are not kept back are taken', taken, 0, 798, { keptBackPercent: 20 }),
      serviceSent('a message with more parts than are not kept back finds little left', low, 0, 799, {
        keptBackPercent: 20
      }),
      serviceSent('the last message that is kept back is counted', low, 999, 0, { keptBackPercent: 20 }),
      serviceSent('how many messages are kept back is told by the call', taken, 800, 0, {
        keptBackPercent: 19
      }),
      serviceSent('how many parts are kept back is told by the call', taken, 0, 799, { keptBackPercent: 19 }),
      serviceSent('where all is kept back, little is left from the first message', low, 0, 0, {
        keptBackPercent: 100
      }),
      serviceSent('where nothing is kept back, the last message is taken', taken, 999, 998, {
        keptBackPercent: 0
      }),
      {
        name: 'messages of a day ago are of those that leave little',
        before: { messages: hours({ 24: 8 }) },
        args: { keptBackPercent: 20 },
        reply: low,
        after: { ...counted, messages: hours({ 24: 8, 0: 1 }) }
      },

      // A prefix with too many.
      toPrefix('the last message of an hour to a prefix is taken', taken, { recent: { 0: 99 } }, usedOrNot),
      toPrefix(
        'after that the prefix waits for the next bucket, and is counted',
        prefix,
        { recent: { 0: 100 } },
        usedOrNot
      ),
      toPrefix(
        'it waits also when more were sent than an hour has',
        prefix,
        { recent: { 0: 101 } },
        usedOrNot
      ),
      toPrefix(
        'messages of an hour ago are of this hour',
        prefix,
        { recent: { 0: 1, 6: 49, 12: 50 } },
        usedOrNot
      ),
      toPrefix(
        'messages of more than an hour ago are not',
        taken,
        { recent: { 0: 1, 6: 49, 13: 50 } },
        usedOrNot
      ),
      toPrefix(
        'a prefix with too many waits, however many of its codes were used',
        prefix,
        { recent: { 0: 100 }, used: { 0: 100 } },
        usedOrNot
      ),
      // 8 400 codes used in a week are 50 in an hour.
      usual('three times the codes used in a usual hour are taken', taken, 149, { 3: 8_400 }),
      usual('then the prefix waits', prefix, 150, { 3: 8_400 }),
      usual('how many times is told by the call', taken, 150, { 3: 8_400 }, { prefixFactor: 4 }),
      usual('the day before tells what is usual', taken, 149, { 1: 8_400 }),
      usual('the day of a week ago tells what is usual', taken, 149, { 7: 8_400 }),
      usual('this day does not, nor that of eight days ago', prefix, 100, { 0: 8_400, 8: 8_400 }),

      // A prefix whose codes are not used: half of four, in these two hours.
      toPrefix('enough messages of which none was used make the prefix wait', prefix, pumped),
      toPrefix('as many used as must be are enough', taken, { ...pumped, used: { 0: 2 } }),
      toPrefix('one less is not', prefix, { ...pumped, used: { 0: 1 } }),
      toPrefix('of an odd number more than half must be used', prefix, {
        recent: { 5: 5 },
        sent: { 0: 5 },
        used: { 0: 2 }
      }),
      toPrefix('and more than half are', taken, { recent: { 5: 5 }, sent: { 0: 5 }, used: { 0: 3 } }),
      toPrefix(
        'how many per cent is told by the call',
        taken,
        { recent: { 5: 5 }, sent: { 0: 5 }, used: { 0: 2 } },
        { percent: 40 }
      ),
      toPrefix('where none must be used, none of many make no prefix wait', taken, pumped, { percent: 0 }),
      toPrefix('few messages in this hour are left, whatever was pumped before', taken, {
        recent: { 5: 3 },
        sent: { 0: 3, 1: 90 }
      }),
      toPrefix('how many are left is told by the call', taken, pumped, { few: 5 }),
      toPrefix('messages of an hour ago are of those that are left', prefix, {
        recent: { 12: 4 },
        sent: { 1: 4 }
      }),
      toPrefix('messages of more than an hour ago are not of those that are left', taken, {
        recent: { 13: 1, 5: 3 },
        sent: { 1: 4 }
      }),
      toPrefix('too few that are dead tell nothing of their use', taken, {
        recent: { 5: 3, 1: 1 },
        sent: { 0: 4 }
      }),
      toPrefix('messages whose codes may yet be used are not looked at', taken, {
        recent: { 5: 3, 1: 50, 0: 40 },
        sent: { 0: 93 }
      }),
      toPrefix('the youngest that are looked at', prefix, { recent: { 5: 3, 2: 1 }, sent: { 0: 4 } }),
      toPrefix(
        'which buckets are too young is told by the call',
        prefix,
        { recent: { 5: 3, 1: 1 }, sent: { 0: 4 } },
        { young: 1 }
      ),
      toPrefix(
        'and buckets that are older may be too young as well',
        taken,
        { recent: { 5: 3, 2: 1 }, sent: { 0: 4 } },
        { young: 3 }
      ),
      toPrefix('messages of the hour before are looked at, whatever was used earlier', prefix, {
        recent: { 5: 4 },
        sent: { 1: 4, 2: 50 },
        used: { 2: 50 }
      }),
      toPrefix('codes that were used in the hour before count', taken, {
        recent: { 5: 4 },
        sent: { 0: 4 },
        used: { 1: 2 }
      }),
      toPrefix('codes that were used earlier do not, for these two hours', prefix, {
        recent: { 5: 4 },
        sent: { 0: 4, 2: 4 },
        used: { 2: 4 }
      }),

      // The same over a day.
      toPrefix('messages of a day ago are looked at, whatever was used since', prefix, {
        recent: { 5: 4 },
        sent: { 0: 4, 24: 100 },
        used: { 0: 2 }
      }),
      toPrefix('messages of more than a day ago are not', taken, {
        recent: { 5: 4 },
        sent: { 0: 4, 25: 100 },
        used: { 0: 2 }
      }),
      toPrefix('codes that were used a day ago count', taken, {
        recent: { 5: 4 },
        sent: { 0: 4, 24: 100 },
        used: { 0: 2, 24: 50 }
      }),
      toPrefix('codes that were used more than a day ago do not', prefix, {
        recent: { 5: 4 },
        sent: { 0: 4, 24: 100 },
        used: { 0: 2, 25: 50 }
      }),

      // Codes that are used now keep the door open, whatever was pumped before.
      toPrefix('a prefix whose codes are used waits for no earlier ones', taken, {
        recent: { 5: 5 },
        sent: { 0: 5, 2: 100 },
        used: { 0: 3 }
      }),
      toPrefix('as many messages as must be used for these are too many', prefix, {
        recent: { 5: 6 },
        sent: { 0: 6, 2: 100 },
        used: { 0: 3 }
      }),
      toPrefix('codes used in the hour before keep the door open', taken, {
        recent: { 5: 5 },
        sent: { 0: 5, 2: 100 },
        used: { 1: 3 }
      }),
      toPrefix('codes used earlier do not', prefix, {
        recent: { 5: 5 },
        sent: { 0: 5, 2: 100 },
        used: { 2: 3 }
      }),
      toPrefix('the messages of an hour ago are of those for which the door is open', prefix, {
        recent: { 12: 1, 5: 5 },
        sent: { 0: 6, 2: 100 },
        used: { 0: 3 }
      }),
      toPrefix('fewer used ones than are left anyway take none of these', taken, {
        recent: { 5: 3 },
        sent: { 0: 3, 2: 100 },
        used: { 0: 1 }
      }),
      toPrefix(
        'where one in a hundred must be used, one opens the door for ninety-nine',
        taken,
        { recent: { 5: 60 }, sent: { 0: 60, 2: 200 }, used: { 0: 1 } },
        { percent: 1 }
      ),

      // An address whose codes are not used.
      fromAddress('an address may ask for any number, used or not, while they are young', taken, {
        recent: { 0: 300, 1: 300 },
        sent: { 0: 600 }
      }),
      fromAddress('too few messages for an address tell nothing', taken, {
        recent: { 5: 3 },
        sent: { 0: 3 }
      }),
      fromAddress('enough of which none was used make the address wait, and it is counted', address, pumped),
      fromAddress('as many used as must be are enough for an address', taken, { ...pumped, used: { 0: 2 } }),
      fromAddress('one less is not enough for an address', address, { ...pumped, used: { 0: 1 } }),
      fromAddress('a share that is hardly less is not enough either', address, {
        recent: { 5: 201 },
        sent: { 0: 201 },
        used: { 0: 100 }
      }),
      fromAddress('codes that are used now keep the door of an address open', taken, {
        recent: { 5: 5 },
        sent: { 0: 5, 2: 100 },
        used: { 0: 3 }
      }),
      {
        name: 'codes that were used for the address were not all used for the prefix',
        before: { ...ofPrefix(pumped), ...ofAddress({ used: { 0: 4 } }) },
        reply: prefix,
        after: { ...counted, ...ofPrefix(onePumpedMore) }
      },
      {
        name: 'codes that were used for the prefix were not all asked for at the address',
        before: { ...ofPrefix({ used: { 0: 4 } }), ...ofAddress(pumped) },
        reply: address,
        after: {
          ...counted,
          addressRecent: buckets(onePumpedMore.recent),
          addressSent: hours(onePumpedMore.sent)
        }
      },

      // Of more than one verdict the one that holds most.
      {
        name: 'that the address waits is told before that the prefix does',
        before: { ...ofPrefix(pumped), ...ofAddress(pumped) },
        reply: address,
        after: { ...counted, ...ofPrefix(onePumpedMore), ...ofAddress(onePumpedMore) }
      },
      {
        name: 'that the address waits is told before that the service has little left',
        before: { ...ofAddress(pumped), messages: hours({ 0: 8 }) },
        args: { keptBackPercent: 20 },
        reply: address,
        after: { ...counted, ...ofAddress(onePumpedMore), messages: hours({ 0: 9 }) }
      },
      {
        name: 'that the service has little left is told before that the prefix waits',
        before: { ...ofPrefix(pumped), messages: hours({ 0: 8 }) },
        args: { keptBackPercent: 20 },
        reply: low,
        after: { ...counted, ...ofPrefix(onePumpedMore), messages: hours({ 0: 9 }) }
      }
    ]
  }
)
