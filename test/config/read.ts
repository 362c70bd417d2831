import { ConfigInvalid, loadConfig } from '../../src/config/load.ts'
import { type Environment, groups } from '../../src/config/settings.ts'

export const required = {
  DATABASE_URL: 'postgres://somebody:hunter2@db.example/auth',
  REDIS_URL: 'redis://cache.example:6379/0',
  JWT_SECRET: 'the secret that signs the tokens of this test',
  OTP_SECRET: 'the secret that keys the digests of this test'
}

/** The settings of the service by name, with these changes. */
export const load = (changes: Environment = {}) => byName(loadConfig({ ...required, ...changes }))

/** Settings by their names in the environment. */
export function byName(config: Partial<Record<string, object>>): Record<string, unknown> {
  const all = Object.entries(groups).flatMap(([group, { nameOf }]) =>
    Object.entries(config[group] ?? {}).map(([field, value]) => [nameOf(field), value])
  )
  return Object.fromEntries(all)
}

/** The error that the operator gets for these settings; empty if they are valid. */
export function complaint(changes: Environment, read: (env: Environment) => unknown = loadConfig): string {
  try {
    read({ ...required, ...changes })
    return ''
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message
    throw error
  }
}
