import { randomInt } from 'node:crypto'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'

export type Service = Awaited<ReturnType<typeof openService>>
export interface Tokens {
  access: string
  refresh: string
  is_new_user: boolean
}

/** Opens this tree's service on these stores, in this process; 1111 is the code for every number. */
export async function openService(databaseUrl: string, redisUrl: string) {
  const app = buildApp(
    loadConfig({
      ...{ NODE_ENV: 'development', DEBUG: 'true', HOST: '127.0.0.1', LOG_LEVEL: 'silent' },
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, REDIS_TIMEOUT_MS: '5000' },
      JWT_SECRET: 'a secret of the rehearsal that signs the tokens',
      OTP_SECRET: 'a secret of the rehearsal that keys the digests'
    })
  )
  await app.ready()
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  return {
    close: () => app.close(),
    ready: async () => (await app.inject('/health/ready')).statusCode,
    signIn: async (phone_number: string) =>
      (await post('/api/auth/verify-otp/', { phone_number, code: '1111' })).json<Tokens>(),
    staffLogin: async (phone_number: string, password: string) =>
      (await post('/api/auth/staff-login/', { phone_number, password })).statusCode,
    refresh: async (refresh: string) => {
      const reply = await post('/api/auth/refresh/', { refresh })
      return { ...reply.json<Tokens>(), status: reply.statusCode }
    },
    logout: async (refresh: string) => (await post('/api/auth/logout/', { refresh })).statusCode,
    me: async (token: string) =>
      (await app.inject({ url: '/api/users/me/', headers: bearer(token) })).statusCode,
    deleteMe: async (token: string) =>
      (await app.inject({ method: 'DELETE', url: '/api/users/me/', headers: bearer(token) })).statusCode
  }
}

export function anyPhone(): string {
  return `+99890${String(randomInt(10 ** 7)).padStart(7, '0')}`
}
