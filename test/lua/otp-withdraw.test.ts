import { DAY, shortCode, testWithdrawals } from './otp.ts'
import { zset } from './table.ts'

const ROLES = ['device_sends', 'known_sends', 'familiar_sends', 'stranger_sends'] as const

testWithdrawals((now) => {
  const code = (send: string) => shortCode({ send, guesses: 2 })
  const older = shortCode({ send: 'older', long: 1 })
  const sends = (...names: string[]) => zset(Object.fromEntries(names.map((name) => [name, now])), DAY)
  const everywhere = (...names: string[]) => Object.fromEntries(ROLES.map((role) => [role, sends(...names)]))
  return [
    ...ROLES.map((role) => ({
      name: `of ${role} the one that no gateway took is not counted, and its code is void`,
      before: { code: code('mine'), [role]: sends('other', 'mine') },
      reply: 1,
      after: { code: null, [role]: sends('other') }
    })),
    {
      name: 'the code before it is valid again, with its guesses and the rest of its life',
      before: { code: code('mine'), previous: older, stranger_sends: sends('mine') },
      reply: 1,
      after: { code: older, previous: null, stranger_sends: null }
    },
    {
      name: 'while the code of another send is the current one, it stays, and this one is not counted all the same',
      before: { code: code('other'), previous: older, ...everywhere('other', 'mine') },
      reply: 0,
      after: everywhere('other')
    },
    {
      name: 'when the code is gone already, no older one becomes valid',
      before: { previous: older, ...everywhere('other', 'mine') },
      reply: 1,
      after: { previous: null, ...everywhere('other') }
    },
    {
      name: 'the name is that of the call',
      before: { code: code('yours'), ...everywhere('mine', 'yours') },
      args: { send: 'yours' },
      reply: 1,
      after: { code: null, ...everywhere('mine') }
    },
    {
      name: 'a send that was never stored takes nothing from another, though their codes are the same',
      before: { code: code('other'), previous: older, ...everywhere('other') },
      reply: 0
    },
    { name: 'when nothing is left of it, nothing changes', reply: 1 }
  ]
})
