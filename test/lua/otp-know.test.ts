import { DAY, testKnowing } from './otp.ts'
import { ago, zset } from './table.ts'

testKnowing((now) => {
  const phone = now - 1_000
  const home = now - 1_000
  return [
    {
      name: 'a device and its source are known from now on',
      reply: 0,
      after: { known: zset({ phone, home, new: now, away: now }, DAY) }
    },
    {
      name: 'a device that is known stays it, by its name',
      args: { device: 'phone' },
      reply: 1,
      after: { known: zset({ phone: now, home, away: now }, DAY) }
    },
    {
      name: 'a device that was known too long ago is a new one',
      before: { known: zset({ phone: now - DAY * 1_000 }, 50) },
      args: { device: 'phone' },
      reply: 0,
      after: { known: zset({ phone: now - DAY * 1_000, new: now, away: now }, DAY) }
    },
    {
      name: 'the last ten are known, as after a code',
      before: { known: zset({ ...ago(now, 9, 8, 7, 6, 5, 4, 3, 2, 1) }, 50) },
      reply: 0,
      after: { known: zset({ ...ago(now, 8, 7, 6, 5, 4, 3, 2, 1), new: now, away: now }, DAY) }
    },
    {
      name: 'a number that is to be the new one of somebody knows nobody more',
      args: { source: '' },
      reply: 0
    },
    {
      name: 'the first device of a number',
      before: { known: null },
      reply: 0,
      after: { known: zset({ new: now, away: now }, DAY) }
    }
  ]
})
