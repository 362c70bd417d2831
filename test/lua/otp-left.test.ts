import { as, HOUR, longCode, shortCode, testLeft } from './otp.ts'
import { ago, zset } from './table.ts'

const figures = { sendsPerHour: 5, sendsPerDay: 8, maxAttempts: 4, maxFailuresPerDay: 10 }

testLeft(figures, (now) => {
  const sends = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  const all = (standing: string) => [standing, 5, 0, 0, 10]
  return [
    { name: 'to a stranger all is left', reply: all('stranger') },
    { name: 'where others signed in the caller is familiar', args: as.familiar, reply: all('familiar') },
    { name: 'a source is known that signed in', args: as.known, reply: all('known') },
    { name: 'and a device, wherever it is', args: { ...as.device, ...as.familiar }, reply: all('device') },
    {
      name: 'also by the names of a secret that is being changed',
      args: { device: 'new', accepted_device: 'phone' },
      reply: all('device')
    },
    { name: 'nor is a source lost with it', args: { accepted_source: 'home' }, reply: all('known') },
    {
      name: 'who has asked has fewer codes of the hour',
      before: { stranger_sends: sends(20, 100, HOUR) },
      reply: ['stranger', 3, 0, 0, 10]
    },
    {
      name: 'of the day, where those are fewer',
      before: { stranger_sends: sends(...Array.from({ length: 7 }, (_, place) => HOUR + place)) },
      reply: ['stranger', 1, 0, 0, 10]
    },
    {
      name: 'nothing is left of a budget that is overdrawn',
      before: { stranger_sends: sends(100, 200, 300, 400, 500, 600) },
      reply: ['stranger', 0, 0, 0, 10]
    },
    {
      name: 'a stranger has as many whatever a device has asked for',
      before: { device_sends: sends(100) },
      reply: ['stranger', 5, 0, 0, 10]
    },
    {
      name: 'and a device whatever strangers have',
      args: as.device,
      before: { device_sends: sends(50), stranger_sends: sends(1) },
      reply: ['device', 4, 0, 0, 10]
    },
    {
      name: 'a code lives, and has guesses left',
      before: { code: shortCode({ guesses: 3 }) },
      reply: ['stranger', 5, 200, 1, 10]
    },
    { name: 'a long one too', before: { code: longCode() }, reply: ['stranger', 5, 200, 4, 10] },
    {
      name: 'one that was guessed at too often has none',
      before: { code: shortCode({ guesses: 9 }) },
      reply: ['stranger', 5, 200, 0, 10]
    },
    {
      name: 'wrong guesses of a day are gone',
      before: { short: sends(1, 2, 3, 86_400) },
      reply: ['stranger', 5, 0, 0, 7]
    },
    {
      name: 'of more than the day allows none is left',
      before: { short: sends(...Array.from({ length: 12 }, (_, place) => place)) },
      reply: ['stranger', 5, 0, 0, 0]
    }
  ]
})
