import { onceSteps } from '../../src/redis/once-steps.ts'
import { hash, redis, table } from './table.ts'

const args = { asked: 'this', by: 'mine', lease: 11 }

table({ roles: ['once'], args, step: onceSteps(redis, { life: 300 }).claim }, (now) => {
  const claimed = { asked: 'this', by: 'other', ends: now + 1_000 }
  const answered = { ...claimed, answer: '{}' }
  return [
    {
      name: 'the first who comes holds the key until the lease ends, and knows when its answer will',
      reply: ['mine'],
      after: { once: hash({ asked: 'this', by: 'mine', ends: now + 300_000 }, 11) }
    },
    {
      name: 'what another is at is waited for, and its lease stays as it is',
      before: { once: hash(claimed, 5) },
      reply: ['pending']
    },
    { name: 'what was answered is told', before: { once: hash(answered, 250) }, reply: ['answered', '{}'] },
    {
      name: 'a key under which something else is under way is not for this',
      before: { once: hash({ ...claimed, asked: 'that' }, 5) },
      reply: ['other']
    },
    {
      name: 'a key under which something else was answered is not for this, and its answer is not told',
      before: { once: hash({ ...answered, asked: 'that' }, 250) },
      reply: ['other']
    }
  ]
})
