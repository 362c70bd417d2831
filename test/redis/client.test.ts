import { Cluster, Redis } from 'ioredis'
import t from 'tap'
import { createClient } from '../../src/redis/client.ts'

const clientOf = (url: string, cluster = false) =>
  createClient({ url, cluster, keyPrefix: 'test:', timeoutMs: 400 })

t.test('sentinels are asked for the primary by name, with their own user and password', async (t) => {
  const url = 'rediss+sentinel://auth:a%20secret@one:26380,[::1]/3?name=mymaster'
  t.match(clientOf(`${url}&sentinel_user=watch&sentinel_password=%23other`), Redis)
  t.match(clientOf(`${url}&sentinel_user=watch&sentinel_password=%23other`).options, {
    sentinels: [
      { host: 'one', port: 26_380 },
      { host: '::1', port: 26_379 }
    ],
    name: 'mymaster',
    role: 'master',
    db: 3,
    username: 'auth',
    password: 'a secret',
    sentinelUsername: 'watch',
    sentinelPassword: '#other',
    tls: {},
    sentinelTLS: {},
    enableTLSForSentinelMode: true
  })
  const { options } = clientOf('redis+sentinel://one?name=mymaster')
  t.match(options, { sentinels: [{ host: 'one', port: 26_379 }], db: 0, enableTLSForSentinelMode: false })
})

t.test('a cluster URL may name several nodes', async (t) => {
  const client = clientOf('redis://auth:hush@one:7000,two/0', true)
  t.match(client, Cluster)
  t.strictSame(Reflect.get(client, 'startupNodes'), [
    'redis://auth:hush@one:7000/0',
    'redis://auth:hush@two/0'
  ])
})
