import { hash, redis, table, text } from './table.ts'

/** So many that they never matter. */
const PLENTY = 1_000_000

const args = {
  tenMinutes: 20,
  tenMinutesFactor: 4,
  day: 100,
  dayPercent: 150,
  usualPercent: 100,
  strictSeconds: 700
}
type Args = Partial<typeof args>
type ByAge = Record<number, number>
interface Usual {
  failures?: ByAge
  signIns?: ByAge
  args?: Args
}

table(
  {
    roles: ['minutes', 'hours', 'signIns', 'strict', 'entered'],
    args,
    call: (keys, { tenMinutes, tenMinutesFactor, day, dayPercent, usualPercent, strictSeconds }) =>
      redis.breakerNote(keys, [tenMinutes, tenMinutesFactor, day, dayPercent, usualPercent, strictSeconds])
  },
  (now) => {
    const minute = Math.floor(now / 60_000)
    const hour = Math.floor(now / 3_600_000)
    /** Counts by how many buckets ago, living on for as long as they are kept. */
    const at = (place: number, counts: ByAge, seconds: number) =>
      hash(
        Object.fromEntries(Object.entries(counts).map(([back, count]) => [place - Number(back), count])),
        seconds
      )
    const minutes = (counts: ByAge, seconds = 660) => at(minute, counts, seconds)
    const hours = (counts: ByAge, seconds = 691_200) => at(hour, counts, seconds)
    const entered = (times: number) => ({ strict: text(times, 700), entered: text(times) })
    const days = (count: number) => Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day * 24, count]))
    const tenOnly = { day: PLENTY }
    const dayOnly = { tenMinutes: PLENTY }

    /** One more failure after so many in this minute and hour, on a service with some in other hours, and sign-ins. */
    const after =
      (minuteBefore: number, hourBefore: number, never: Args) =>
      (name: string, strict: boolean, { failures = {}, signIns = {}, args = {} }: Usual = {}) => ({
        name,
        before: {
          minutes: minutes({ 0: minuteBefore }),
          hours: hours({ 0: hourBefore, ...failures }),
          signIns: hours(signIns)
        },
        args: { ...never, ...args },
        reply: strict ? 1 : 0,
        after: {
          minutes: minutes({ 0: minuteBefore + 1 }),
          hours: hours({ ...failures, 0: (failures[0] ?? hourBefore) + 1 }),
          ...(strict && entered(1))
        }
      })
    const ten = (name: string, before: number, strict: boolean, usual?: Usual) =>
      after(before, 1, tenOnly)(name, strict, usual)
    const day = (name: string, before: number, strict: boolean, usual?: Usual) =>
      after(1, before, dayOnly)(name, strict, usual)

    return [
      {
        name: 'the first failure is counted by minute and by hour',
        reply: 0,
        after: { minutes: minutes({ 0: 1 }), hours: hours({ 0: 1 }) }
      },
      {
        name: 'eleven minutes are kept, and the hours of a week and a day',
        before: {
          minutes: minutes({ 11: 3, 10: 4, 1: 5 }, 60),
          hours: hours({ 192: 3, 191: 4, 1: 5 }, 60),
          signIns: hours({ 192: 3, 191: 4, 1: 5 }, 60)
        },
        reply: 0,
        after: { minutes: minutes({ 10: 4, 1: 5, 0: 1 }), hours: hours({ 191: 4, 1: 5, 0: 1 }) }
      },

      // Ten minutes.
      ten('as many failures in ten minutes as are never too many are allowed', 19, false),
      ten('one more makes the service strict', 20, true),
      {
        name: 'failures of ten minutes ago are of these ten minutes',
        before: { minutes: minutes({ 10: 15, 5: 5 }) },
        args: tenOnly,
        reply: 1,
        after: { minutes: minutes({ 10: 15, 5: 5, 0: 1 }), hours: hours({ 0: 1 }), ...entered(1) }
      },
      {
        name: 'failures of eleven minutes ago are not',
        before: { minutes: minutes({ 11: 15, 5: 5, 0: 1 }) },
        args: tenOnly,
        reply: 0,
        after: { minutes: minutes({ 11: 15, 5: 5, 0: 2 }), hours: hours({ 0: 1 }) }
      },
      // 60 in this hour of a usual day are 10 in ten minutes.
      ten('four times what is usual in ten minutes of this hour is allowed', 39, false, {
        failures: days(60),
        signIns: days(60)
      }),
      ten('more than four times is not', 40, true, { failures: days(60), signIns: days(60) }),
      ten('the factor is that of the call', 40, false, {
        failures: days(60),
        signIns: days(60),
        args: { tenMinutesFactor: 5 }
      }),
      ten('this hour of the day before tells what is usual', 39, false, {
        failures: { 24: 420 },
        signIns: { 24: 420 }
      }),
      ten('this hour of a week ago tells what is usual', 39, false, {
        failures: { 168: 420 },
        signIns: { 168: 420 }
      }),
      ten('what was usual at other hours does not count', 20, true, {
        failures: { 1: 420, 23: 420, 25: 420, 47: 420, 167: 420, 169: 420, 191: 420 },
        signIns: { ...days(60), 23: 420, 25: 420, 47: 420, 167: 420, 169: 420, 191: 420 }
      }),
      ten('sign-ins at other hours do not count', 20, true, {
        failures: days(60),
        signIns: { 0: 420, 23: 420, 25: 420, 47: 420, 167: 420, 169: 420, 191: 420, 192: 420 }
      }),
      ten('this hour does not tell what is usual, nor does that of eight days ago', 20, true, {
        failures: { 0: 420, 192: 420 },
        signIns: { ...days(60), 0: 420, 192: 420 }
      }),
      ten('nor do the sign-ins of these hours', 20, true, {
        failures: days(60),
        signIns: { 0: 420, 192: 420 }
      }),
      ten('what is usual is at most a share of the sign-ins: allowed up to it', 39, false, {
        failures: days(999),
        signIns: days(120),
        args: { usualPercent: 50 }
      }),
      ten('what is usual is at most a share of the sign-ins: not beyond it', 40, true, {
        failures: days(999),
        signIns: days(120),
        args: { usualPercent: 50 }
      }),
      ten('the failures tell what is usual where the share of sign-ins is more', 40, true, {
        failures: days(60),
        signIns: days(999),
        args: { usualPercent: 50 }
      }),
      ten('without sign-ins no failure is usual', 20, true, { failures: days(60) }),

      // A day.
      day('as many failures in a day as are never too many are allowed', 99, false),
      day('one more in a day makes the service strict', 100, true),
      day('failures of 24 hours ago are of this day', 50, true, { failures: { 24: 30, 5: 20 } }),
      day('failures of 25 hours ago are not', 50, false, { failures: { 25: 30, 5: 20 } }),
      // 1 400 in a week are 200 in a day.
      day('one and a half times a usual day is allowed', 299, false, {
        failures: { 100: 1_400 },
        signIns: { 50: 1_400 }
      }),
      day('more than one and a half times is not', 300, true, {
        failures: { 100: 1_400 },
        signIns: { 50: 1_400 }
      }),
      day('the percentage is that of the call', 300, false, {
        failures: { 100: 1_400 },
        signIns: { 50: 1_400 },
        args: { dayPercent: 151 }
      }),
      day('the hour of a day ago tells what is usual, and is of this day: allowed up to it', 229, false, {
        failures: { 100: 1_330, 24: 70 },
        signIns: { 50: 1_400 }
      }),
      day('the hour of a day ago tells what is usual, and is of this day: not beyond it', 230, true, {
        failures: { 100: 1_330, 24: 70 },
        signIns: { 50: 1_400 }
      }),
      day('the sign-ins of the hour of a day ago tell what is usual', 299, false, {
        failures: { 100: 1_400 },
        signIns: { 24: 1_400 }
      }),
      day('the first hour of the seven days before tells what is usual', 299, false, {
        failures: { 191: 1_400 },
        signIns: { 191: 1_400 }
      }),
      day('older hours do not', 100, true, { failures: { 192: 1_400 }, signIns: { 192: 1_400, 191: 1_400 } }),
      day('older sign-ins do not', 100, true, {
        failures: { 191: 1_400, 100: 1_400 },
        signIns: { 192: 1_400, 23: 1_400, 0: 1_400 }
      }),
      day('the failures of this day do not tell what is usual', 100, true, {
        failures: { 100: 1_400, 23: 200 },
        signIns: { 50: 9_999 }
      }),
      day('nor do its sign-ins', 300, true, {
        failures: { 100: 9_999 },
        signIns: { 50: 1_400, 23: 1_400, 0: 1_400 }
      }),
      day('a usual day is at most a share of the sign-ins: allowed up to it', 299, false, {
        failures: { 100: 9_999 },
        signIns: { 100: 2_800 },
        args: { usualPercent: 50 }
      }),
      day('a usual day is at most a share of the sign-ins: not beyond it', 300, true, {
        failures: { 100: 9_999 },
        signIns: { 100: 2_800 },
        args: { usualPercent: 50 }
      }),

      // Entering, staying, leaving.
      {
        name: 'how often strict mode was entered is counted over all times',
        before: { minutes: minutes({ 0: 20 }), entered: text(4) },
        reply: 5,
        after: { minutes: minutes({ 0: 21 }), hours: hours({ 0: 1 }), ...entered(5) }
      },
      {
        name: 'strict mode lasts as long as the call says',
        before: { minutes: minutes({ 0: 20 }) },
        args: { strictSeconds: 30 },
        reply: 1,
        after: {
          minutes: minutes({ 0: 21 }),
          hours: hours({ 0: 1 }),
          strict: text(1, 30),
          entered: text(1)
        }
      },
      {
        name: 'more than half of too many in ten minutes prolong strict mode, and do not enter it again',
        before: { minutes: minutes({ 0: 10 }), strict: text(3, 5), entered: text(3) },
        reply: 3,
        after: { minutes: minutes({ 0: 11 }), hours: hours({ 0: 1 }), ...entered(3) }
      },
      {
        name: 'half of too many in ten minutes do not prolong it',
        before: { minutes: minutes({ 0: 9 }), strict: text(3, 5), entered: text(3) },
        reply: 3,
        after: { minutes: minutes({ 0: 10 }), hours: hours({ 0: 1 }) }
      },
      {
        name: 'more than 80 % of too many in a day prolong strict mode',
        before: { hours: hours({ 0: 80 }), strict: text(3, 5), entered: text(3) },
        reply: 3,
        after: { minutes: minutes({ 0: 1 }), hours: hours({ 0: 81 }), ...entered(3) }
      },
      {
        name: '80 % of too many in a day do not prolong it',
        before: { hours: hours({ 0: 79 }), strict: text(3, 5), entered: text(3) },
        reply: 3,
        after: { minutes: minutes({ 0: 1 }), hours: hours({ 0: 80 }) }
      },
      {
        name: 'strict mode that was entered once is on',
        before: { minutes: minutes({ 0: 10 }), strict: text(1, 5), entered: text(1) },
        reply: 1,
        after: { minutes: minutes({ 0: 11 }), hours: hours({ 0: 1 }), ...entered(1) }
      }
    ]
  }
)
