import jwt from '@fastify/jwt'
import { drizzle } from 'drizzle-orm/postgres-js'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import postgres from 'postgres'

// What the service could be at its smallest: Fastify on the same drivers, with one route that answers. Ends as it is told to.
const app = Fastify({ logger: true })
app.register(jwt, { secret: process.env.JWT_SECRET ?? '' })
const redis = new Redis(process.env.REDIS_URL ?? '')
const db = drizzle(postgres(process.env.DATABASE_URL ?? '', { max: 1 }))
await Promise.all([redis.ping(), db.execute('select 1')])
app.get('/health/live', async () => ({ status: 'ok' }))
process.once('SIGTERM', () => process.exit())
await app.listen({ host: '127.0.0.1', port: 0 })
