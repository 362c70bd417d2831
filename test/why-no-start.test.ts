import t from 'tap'
import { whyNoStart } from '../src/why-no-start.ts'

t.test('a failed start is explained by the setting at fault, without a stack', async (t) => {
  const refused = (code: string) =>
    whyNoStart(Object.assign(new Error(`listen ${code}`), { code, address: '127.0.0.1', port: 80 }))
  t.equal(
    refused('EADDRINUSE'),
    '127.0.0.1:80 is already in use; choose another port with PORT= or METRICS_PORT=.'
  )
  t.match(refused('EACCES'), /^127\.0\.0\.1:80 needs rights .* PORT=/)
  for (const code of ['EADDRNOTAVAIL', 'ENOTFOUND'])
    t.match(refused(code), /^HOST= or METRICS_HOST= is no address/)
  t.equal(whyNoStart(new Error('There is no key file.')), 'There is no key file.')
  t.equal(whyNoStart('stopped'), 'stopped')
})
