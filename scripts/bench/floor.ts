import { randomInt, randomUUID } from 'node:crypto'
import jwt from '@fastify/jwt'
import argon2 from 'argon2'
import Fastify, { type FastifyRequest, LogController } from 'fastify'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import type { AccessClaims, RefreshClaims } from '../../src/keys/claims.ts'
import { createMockGateway } from '../../src/sms/mock-gateway.ts'

// The least that the calls could cost: Fastify on the service's drivers, tables and gateway, and for each call only the Lua
// call, the prepared statement, the signatures and the hash that it needs. It stops no guesser and recovers from nothing.
const { DATABASE_URL = '', REDIS_URL = '', JWT_SECRET = '', SMS_MOCK_FILE = '', LOG_LEVEL = '' } = process.env
const DAY = 86_400
const [text, flag, number] = [{ type: 'string' }, { type: 'boolean' }, { type: 'integer' }]
const nullable = { type: ['string', 'null'] }

type Session = Record<'id' | 'user_id', string> & { generation: number }
type Name = { full_name: string | null }

const app = Fastify({
  logger: { level: LOG_LEVEL },
  logController: new LogController({ disableRequestLogging: true }),
  routerOptions: { ignoreTrailingSlash: true }
})
for (const namespace of ['access', 'refresh']) app.register(jwt, { namespace, secret: JWT_SECRET })
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true })
const sql = postgres(DATABASE_URL, { max: 10, fetch_types: false })
const gateway = createMockGateway({ file: SMS_MOCK_FILE })
const { signal } = new AbortController()
const count = await step(`local n = redis.call('INCR', KEYS[1])
  if n == 1 then redis.call('EXPIRE', KEYS[1], 3600) end
  if ARGV[1] then redis.call('SET', KEYS[2], ARGV[1], 'EX', 300) end
  return n`)
const spend = await step("return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1])")

app.addHook('onResponse', async ({ log, method, routeOptions }, { statusCode, elapsedTime }) => {
  log.info({ method, route: routeOptions.url, status: statusCode, ms: Math.round(elapsedTime) }, 'request')
})
app.get('/health/live', async () => ({ status: 'ok' }))

const sent = { phone_number: text, expires_in: number, resend_in: number, code_length: number }
route('POST', '/api/auth/send-otp/', ['phone_number'], sent, async ({ body: { phone_number } }) => {
  const code = String(randomInt(10_000)).padStart(4, '0')
  await count([`sends:${phone_number}`, `code:${phone_number}`], code)
  await gateway.send({
    to: phone_number,
    text: `Kirish kodi: ${code}.`,
    language: 'uz',
    code,
    ttlSeconds: 300,
    signal
  })
  return { phone_number, expires_in: 300, resend_in: 60, code_length: code.length }
})

const tokens = { access: text, refresh: text }
const signedIn = { ...tokens, is_new_user: flag, role: text, profile_complete: flag }
route('POST', '/api/auth/verify-otp/', ['phone_number', 'code'], signedIn, async ({ body, headers, ip }) => {
  const { phone_number, code } = body
  await spend([`code:${phone_number}`], code)
  const refreshId = randomUUID()
  const rows = await sql<(Session & Name & { is_new_user: boolean })[]>`
    with owner as (
      insert into users (phone_number, last_sign_in_at) values (${phone_number}, now())
      on conflict (phone_number) do update set last_sign_in_at = now()
      returning id, full_name, xmax = 0 as is_new_user)
    insert into sessions (user_id, role, expires_at, absolute_expires_at, refresh_digest, user_agent, ip)
    select id, 'citizen', now() + interval '14 days', now() + interval '30 days', ${refreshId},
      ${headers['user-agent'] ?? null}, ${ip} from owner
    returning id, user_id, generation, (select is_new_user from owner), (select full_name from owner)`
  const { is_new_user, full_name, ...session } = only(rows)
  return { ...pair(session, refreshId), is_new_user, role: 'citizen', profile_complete: full_name !== null }
})

const staff = { access: text, role: text, department_id: text }
route('POST', '/api/auth/staff-login/', ['phone_number', 'password'], staff, async ({ body }) => {
  await count([`logins:${body.phone_number}`])
  const rows = await sql<Record<'user_id' | 'password_hash' | 'department_id', string>[]>`
    select user_id, password_hash, department_id from users join staff_profiles on user_id = users.id
    where phone_number = ${body.phone_number} and is_active`
  const { user_id, password_hash, department_id } = only(rows)
  only([await argon2.verify(password_hash, body.password)])
  const claims = accessClaims({ id: randomUUID(), user_id }, 'staff')
  return { access: app.jwt.access.sign({ ...claims, department_id }), role: 'staff', department_id }
})

route('POST', '/api/auth/refresh/', ['refresh'], tokens, async ({ body }) => {
  const { sid, generation, jti } = app.jwt.refresh.verify<RefreshClaims>(body.refresh)
  const refreshId = randomUUID()
  const rows = await sql<Session[]>`
    update sessions set generation = generation + 1, refresh_digest = ${refreshId}, refreshed_at = now(),
      expires_at = least(now() + interval '14 days', absolute_expires_at)
    where id = ${sid} and generation = ${generation} and refresh_digest = ${jti} and ended_at is null
      and expires_at > now()
    returning id, user_id, generation`
  return pair(only(rows), refreshId)
})

const account = {
  ...{ id: text, phone_number: text, role: text, created_at: { ...text, format: 'date-time' } },
  ...{ full_name: nullable, neighborhood: nullable, location: nullable, profile_complete: flag }
}
route('GET', '/api/users/me/', [], account, async (request) => {
  const rows = await sql<Name[]>`
    select users.id, phone_number, full_name, neighborhood, location, users.created_at
    from sessions join users on users.id = user_id
    where sessions.id = ${sessionOf(request)} and ended_at is null and expires_at > now() and is_active`
  return { ...only(rows), role: 'citizen', profile_complete: only(rows).full_name !== null }
})
route('PATCH', '/api/users/profile/', ['full_name'], account, async (request) => {
  const rows = await sql<Name[]>`
    update users set full_name = ${request.body.full_name} from sessions
    where sessions.id = ${sessionOf(request)} and users.id = user_id and ended_at is null and expires_at > now()
      and is_active
    returning users.id, phone_number, full_name, neighborhood, location, users.created_at`
  return { ...only(rows), role: 'citizen', profile_complete: only(rows).full_name !== null }
})

process.once('SIGTERM', () => process.exit())
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })

/** Registers a call with text fields in its body. */
function route<Field extends string>(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  fields: Field[],
  reply: Record<string, object>,
  handler: (request: FastifyRequest<{ Body: Record<Field, string> }>) => Promise<object>
): void {
  const object = (properties: object) => ({ type: 'object', properties, required: Object.keys(properties) })
  const body = object(Object.fromEntries(fields.map((field) => [field, text])))
  const schema = { ...(method !== 'GET' && { body }), response: { 200: object(reply) } }
  app.route<{ Body: Record<Field, string> }>({ method, url, schema, handler })
}

/** Loads an atomic step of Redis and returns a function that runs it. @throws 401 when the step refuses */
async function step(lua: string): Promise<(keys: string[], ...args: string[]) => Promise<unknown>> {
  const sha = String(await redis.script('LOAD', lua))
  return async (keys, ...args) => only([await redis.evalsha(sha, keys.length, ...keys, ...args)])
}

/** The first item. @throws 401 when there is none */
function only<Item>([item]: readonly Item[]): Item {
  if (!item) throw Object.assign(new Error('refused'), { statusCode: 401 })
  return item
}

function accessClaims({ id: sid, user_id }: Omit<Session, 'generation'>, role: AccessClaims['role']) {
  const iat = Math.floor(Date.now() / 1_000)
  const times = { iat, auth_time: iat, exp: iat + DAY }
  return { token_type: 'access', sub: user_id, user_id, sid, role, jti: randomUUID(), ...times } as const
}

function pair({ generation, ...session }: Session, jti: string) {
  const access = accessClaims(session, 'citizen')
  const { sub, user_id, sid, iat } = access
  const refresh = { sub, user_id, sid, jti, generation, iat, exp: iat + 14 * DAY }
  return {
    access: app.jwt.access.sign(access),
    refresh: app.jwt.refresh.sign({ token_type: 'refresh', ...refresh })
  }
}

function sessionOf({ headers }: FastifyRequest): string {
  return app.jwt.access.verify<AccessClaims>(headers.authorization?.slice('Bearer '.length) ?? '').sid
}
