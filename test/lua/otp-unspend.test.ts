import { hash, redis, table } from './table.ts'

table(
  { roles: ['code', 'spent'], args: { by: 'guess' }, call: (keys, { by }) => redis.otpUnspend(keys, by) },
  () => {
    const spent = hash({ digest: 'right', by: 'guess' }, 200)
    return [
      {
        name: 'a code that was spent in vain can be used for the rest of its life',
        before: { spent },
        reply: 1,
        after: { code: spent, spent: null }
      },
      { name: 'what another guess spent stays spent', before: { spent }, args: { by: 'other' }, reply: 0 },
      { name: 'a newer code stays', before: { spent, code: hash({ digest: 'newer' }, 300) }, reply: 0 },
      { name: 'a code whose life has ended meanwhile does not come back', reply: 0 }
    ]
  }
)
