import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { changeKeyFile } from '../src/keys/file.ts'
import { addNext } from '../src/keys/rotation.ts'

/** The folder for what a developer's machine keeps between starts; git ignores it. */
export const DATA_FOLDER = '.data'
const FILE = `${DATA_FOLDER}/dev.json`

/** A staff login for development. */
export interface Clerk {
  phone: string
  password: string
  name: string
  department: string
}

export interface DevSettings {
  OTP_SECRET: string
  demoStaff: Clerk
  /** Seeded by `npm run dev -- --staff`. */
  secondStaff: Clerk
}

/** Reads the secrets and demo logins, made at the first start; adds what the file of an earlier version lacks. */
export function devSettings(): DevSettings {
  const kept: Partial<DevSettings> = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
  const settings = { ...newSettings(), ...kept }
  if (Object.keys(settings).every((name) => name in kept)) return settings
  mkdirSync(DATA_FOLDER, { recursive: true, mode: 0o700 })
  writeFileSync(FILE, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  return settings
}

function newSettings(): DevSettings {
  const password = () => randomBytes(12).toString('base64url')
  return {
    OTP_SECRET: randomBytes(36).toString('base64url'),
    demoStaff: {
      phone: '+998900000001',
      password: password(),
      name: 'Demo Staff',
      department: 'Demo department'
    },
    secondStaff: {
      phone: '+998900000002',
      password: password(),
      name: 'Second Staff',
      department: 'Second department'
    }
  }
}

/** The key file for development, made at the first start, so that there is a JWKS to verify with, as in production. */
export async function devKeys(): Promise<string> {
  const path = `${DATA_FOLDER}/jwt-keys.json`
  if (!existsSync(path)) {
    mkdirSync(DATA_FOLDER, { recursive: true, mode: 0o700 })
    await changeKeyFile(path, (keys) => addNext(keys, 'ES256', new Date()))
  }
  return path
}

/** Reads `.env` if there is one; variables that are already set stay. */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
