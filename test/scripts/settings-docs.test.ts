import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
import { envExample, settingsPage } from '../../scripts/settings-docs.ts'
import { settings } from '../../src/config/settings.ts'

t.test(
  '.env.example and docs/settings.md list every setting with its default (npm run docs:settings)',
  async (t) => {
    t.equal(readFileSync('.env.example', 'utf8'), envExample())
    t.equal(readFileSync('docs/settings.md', 'utf8'), settingsPage())
    for (const name of settings.keys()) {
      t.match(envExample(), new RegExp(`^(# )?${name}=`, 'm'))
      t.match(settingsPage(), `| \`${name}\` |`)
    }
  }
)

t.test(
  'an unchanged copy of .env.example sets nothing, so the first start brings up its own stores',
  async (t) => {
    t.strictSame(parseEnv(envExample()), { JWT_SECRET: '', OTP_SECRET: '' })
    t.match(envExample(), '\n# DATABASE_URL=postgres://')
    t.match(envExample(), '\n# REDIS_URL=redis://')
  }
)
