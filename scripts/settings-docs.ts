import { TypeGuard } from '@sinclair/typebox'
import { settings as schemas } from '../src/config/settings.ts'

/** Shown but not set: the development commands start a store only where no URL names another. */
const samples: Record<string, string> = {
  DATABASE_URL: 'postgres://citizen_auth:password@127.0.0.1:5432/citizen_auth',
  REDIS_URL: 'redis://127.0.0.1:6379'
}
/** Lines to fill in; an empty one counts as not set. JWT_KEYS can replace JWT_SECRET. */
const toFillIn = ['JWT_SECRET', 'OTP_SECRET']

const settings = Array.from(schemas, ([name, schema]) => ({
  name,
  description: schema.description ?? '',
  required: schema.default === undefined && !TypeGuard.IsOptional(schema),
  value: schema.default === undefined ? '' : String(schema.default)
}))

/** `.env.example`: every setting with its meaning; all but the secrets are commented out. */
export function envExample(): string {
  const lines = settings.flatMap(({ name, description, value }) => [
    `# ${description}`,
    `${toFillIn.includes(name) ? '' : '# '}${name}=${samples[name] ?? value}`,
    ''
  ])
  return ['# Made by `npm run docs:settings` from src/config/settings.ts.', '', ...lines].join('\n')
}

/** `docs/settings.md`: the table of all settings with their defaults. */
export function settingsPage(): string {
  const rows = settings.map(({ name, description, required, value }) => {
    const initial = required ? 'required' : value ? `\`${value}\`` : ''
    return `| \`${name}\` | ${initial} | ${description} |`
  })
  return `<!-- Made by \`npm run docs:settings\` from src/config/settings.ts. -->
# Settings

Settings are environment variables. The development commands also read a file \`.env\`. The service names every bad setting at
start. [.env.example](../.env.example) lists the same settings as a file to copy.

| setting | default | what it does |
|---|---|---|
${rows.join('\n')}
`
}
