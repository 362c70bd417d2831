import { Readable, Writable } from 'node:stream'
import type { Environment } from '../src/config/settings.ts'
import { manage } from '../src/manage/index.ts'
import type { Clerk } from './dev-settings.ts'

/** A citizen with a profile. */
export interface Citizen {
  /** E.164. */
  phone: string
  name: string
}

const PROFILE = { full_name: 'Aziza Karimova', neighborhood: 'Chilonzor', location: '41.2856,69.2034' }

/**
 * Signs a citizen (E.164) in at a server with DEBUG, fills in the profile if it is incomplete, and signs out again.
 * @throws with the server's message
 */
export async function seedCitizen(address: string, phone: string): Promise<Citizen> {
  const { access, refresh, profile_complete } = await call('POST', 'auth/verify-otp', {
    body: { phone_number: phone, code: '1111' }
  })
  if (!profile_complete) await call('PATCH', 'users/profile', { body: PROFILE, access })
  const { full_name } = await call('GET', 'users/me', { access })
  await call('POST', 'auth/logout', { body: { refresh } })
  return { phone, name: String(full_name) }

  async function call(method: string, path: string, { body, access }: { body?: object; access?: unknown }) {
    const headers = {
      'accept-language': 'en',
      ...(body && { 'content-type': 'application/json' }),
      ...(access !== undefined && { authorization: `Bearer ${access}` })
    }
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const reply = await fetch(`${address}/api/${path}/`, request).catch(() => {
      throw new Error(`${phone} cannot be seeded: nothing answers at ${address}.`)
    })
    const answer: Record<string, unknown> = JSON.parse((await reply.text()) || '{}')
    if (!reply.ok) throw new Error(`${phone} cannot be seeded: ${answer.message}`)
    return answer
  }
}

/**
 * Makes a clerk staff, or sets this password again if they already are: the password that is printed must work.
 * @throws with the output of the operator's command
 */
export async function seedStaff(
  env: Environment,
  { phone, password, name, department }: Clerk
): Promise<void> {
  await operate(env, ['department', 'add', department])
  const added = await operate(
    env,
    ['staff', 'add', phone, '--name', name, '--department', department],
    password
  )
  if (added.code === 0) return
  const { code, output } = await operate(env, ['staff', 'set-password', phone], password)
  if (code !== 0) throw new Error(added.output + output)
}

/** Runs the operator's command as a person would; returns its exit code and what it printed. */
export async function operate(
  env: Environment,
  argv: string[],
  input = ''
): Promise<{ code: number; output: string }> {
  let output = ''
  const sink = new Writable({
    write(text, _encoding, done) {
      output += text
      done()
    }
  })
  const code = await manage(argv, env, { stdin: Readable.from([input]), stdout: sink, stderr: sink })
  return { code, output }
}
