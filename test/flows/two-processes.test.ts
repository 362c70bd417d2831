import t from 'tap'
import { claimsOf, environment, randomPhone } from '../helper.ts'
import { start } from '../process.ts'

const env = { ...environment, NODE_ENV: 'development', DEBUG: 'true', REFRESH_GRACE_SECONDS: '300' }
const servers = await Promise.all(
  [1, 2].map(() => start(t, 'src/server.ts', [], env).said(/Server listening at ([^"]+)"/))
)

async function post(server: string | undefined, path: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${server}/api/auth/${path}/`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body)
  })
  return { status: reply.status, pair: (await reply.json()) as { access: string; refresh: string } }
}
const me = async (server: string | undefined, token: string) =>
  (await fetch(`${server}/api/users/me/`, { headers: { authorization: `Bearer ${token}` } })).status

t.test('two processes answer parallel refreshes of one token with one pair', async (t) => {
  const [one, other] = servers
  const { pair: first } = await post(one, 'verify-otp', { phone_number: randomPhone(), code: '1111' })
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, turn) => post(servers[turn % 2], 'refresh', { refresh: first.refresh }))
  )
  t.strictSame(new Set(replies.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(replies.map(({ pair }) => JSON.stringify(pair))).size, 1)

  const next = await post(other, 'refresh', { refresh: replies[0]?.pair.refresh })
  t.equal(next.status, 200)
  t.equal(claimsOf(next.pair.refresh).generation, 2)
  t.strictSame([await me(one, next.pair.access), await me(other, next.pair.access)], [200, 200])
})

t.test('a theft that one process detects is known to the other at once', async (t) => {
  const [one, other] = servers
  const { pair: first } = await post(one, 'verify-otp', { phone_number: randomPhone(), code: '1111' })
  const { pair: second } = await post(one, 'refresh', { refresh: first.refresh })
  const { pair: third } = await post(other, 'refresh', { refresh: second.refresh })
  t.equal((await post(one, 'refresh', { refresh: first.refresh })).status, 401)
  t.equal(await me(other, third.access), 401)
  t.equal((await post(other, 'refresh', { refresh: third.refresh })).status, 401)
})
