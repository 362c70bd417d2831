import { onceSteps } from '../../src/redis/once-steps.ts'
import { hash, redis, table } from './table.ts'

const mine = { asked: 'this', by: 'mine', ends: 1 }

table({ roles: ['once'], args: { by: 'mine' }, step: onceSteps(redis, { life: 300 }).drop }, () => [
  {
    name: 'who holds the key frees it',
    before: { once: hash(mine, 10) },
    reply: 1,
    after: { once: null }
  },
  {
    name: 'an answer that was kept before its request failed goes with it',
    before: { once: hash({ ...mine, answer: '{}' }, 10) },
    reply: 1,
    after: { once: null }
  },
  { name: 'a key that another holds stays', before: { once: hash({ ...mine, by: 'other' }, 10) }, reply: 0 },
  { name: 'a key that nobody holds is free', reply: 0 }
])
