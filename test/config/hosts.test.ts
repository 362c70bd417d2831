import t from 'tap'
import { hostsOf, urlsOfHosts } from '../../src/config/hosts.ts'

t.test('a URL with several hosts is split into one per host', async (t) => {
  t.strictSame(urlsOfHosts('redis+sentinel://u:p,w@one:1,two/0?name=a,b'), [
    'redis+sentinel://u:p,w@one:1/0?name=a,b',
    'redis+sentinel://u:p,w@two/0?name=a,b'
  ])
  t.strictSame(urlsOfHosts('postgres://[::1]:5432,one'), ['postgres://[::1]:5432', 'postgres://one'])
  for (const url of ['postgres:///name', 'redis://h', 'postgres://u:a,b@one/n?options=a,b'])
    t.strictSame(urlsOfHosts(url), [url])
})

t.test('hosts are listed without the password', async (t) => {
  t.equal(hostsOf('redis://u:hush@one:7000,two:7001/0'), 'one:7000, two:7001')
})
