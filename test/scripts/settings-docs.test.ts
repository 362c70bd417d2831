import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
import { envExample, readme } from '../../scripts/settings-docs.ts'
import { ConfigSchema } from '../../src/config.ts'

t.test(
  '.env.example and the README list every setting with its default (npm run docs:settings)',
  async (t) => {
    t.equal(readFileSync('.env.example', 'utf8'), envExample())
    t.equal(readFileSync('README.md', 'utf8'), readme())
    for (const name of Object.keys(ConfigSchema.properties)) {
      t.match(envExample(), new RegExp(`^(# )?${name}=`, 'm'))
      t.match(readme(), `| \`${name}\` |`)
    }
  }
)

t.test('.env.example sets only what has no default, and no secret', async (t) => {
  t.strictSame(Object.keys(parseEnv(envExample())).sort(), [
    'DATABASE_URL',
    'JWT_SECRET',
    'OTP_SECRET',
    'REDIS_URL'
  ])
  t.match(parseEnv(envExample()), { JWT_SECRET: '', OTP_SECRET: '', REDIS_URL: 'redis://127.0.0.1:6379' })
})
