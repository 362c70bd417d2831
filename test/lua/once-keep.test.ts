import { onceSteps } from '../../src/redis/once-steps.ts'
import { hash, redis, table } from './table.ts'

const args = { by: 'mine', answer: '{}' }

table({ roles: ['once'], args, step: onceSteps(redis, { life: 300 }).keep }, (now) => {
  const mine = { asked: 'this', by: 'mine', ends: now + 299_000 }
  return [
    {
      name: 'the answer of who holds the key is kept for what is left of the life of the code',
      before: { once: hash(mine, 10) },
      reply: 1,
      after: { once: hash({ ...mine, answer: '{}' }, 299) }
    },
    {
      name: 'an answer that comes after the code has expired is not kept',
      before: { once: hash({ ...mine, ends: now }, 10) },
      reply: 1,
      after: { once: null }
    },
    {
      name: 'who let the lease end changes nothing for who holds the key now',
      before: { once: hash({ ...mine, by: 'other' }, 10) },
      reply: 0
    },
    { name: 'who let the lease end, or has failed, leaves no answer behind', reply: 0 }
  ]
})
