import { writeFileSync } from 'node:fs'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config/load.ts'
import { findRedis } from './find-redis.ts'
import { openapiFile } from './openapi-docs.ts'

const redis = await findRedis()
const app = buildApp(
  loadConfig({
    // Required by the settings; no statement is sent.
    DATABASE_URL: 'postgres://localhost/citizen_auth',
    REDIS_URL: redis.url,
    REDIS_ALLOW_EVICTION: 'true',
    JWT_SECRET: 'not a secret: nothing is signed with it',
    OTP_SECRET: 'not a secret: nothing is hashed with it',
    LOG_LEVEL: 'silent'
  })
)
await app.ready()
writeFileSync('docs/openapi.json', openapiFile(app))
await app.close()
await redis.close()
