import { shortCode, testUnspending } from './otp.ts'

testUnspending(() => {
  const spent = shortCode({ guesses: 2, by: 'guess' })
  return [
    {
      name: 'a code that was spent in vain can be used for the rest of its life',
      before: { spent },
      reply: 1,
      after: { code: spent, spent: null }
    },
    { name: 'what another guess spent stays spent', before: { spent }, args: { by: 'other' }, reply: 0 },
    { name: 'a newer code stays', before: { spent, code: shortCode({ digest: 'newer' }) }, reply: 0 },
    { name: 'a code whose life has ended meanwhile does not come back', reply: 0 }
  ]
})
