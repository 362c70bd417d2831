import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { changeKeyFile } from '../src/keys/file.ts'
import { addNext } from '../src/keys/rotation.ts'

/** What a developer's machine keeps between starts; git ignores it. */
export const DATA_FOLDER = '.data'
const FILE = `${DATA_FOLDER}/dev.json`

export interface DevSettings {
  OTP_SECRET: string
  demoStaff: { phone: string; password: string; name: string; department: string }
}

/** Secrets and a demo login, made at the first start. */
export function devSettings(): DevSettings {
  if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8'))
  const settings: DevSettings = {
    OTP_SECRET: randomBytes(36).toString('base64url'),
    demoStaff: {
      phone: '+998900000001',
      password: randomBytes(12).toString('base64url'),
      name: 'Demo Staff',
      department: 'Demo department'
    }
  }
  mkdirSync(DATA_FOLDER, { recursive: true, mode: 0o700 })
  writeFileSync(FILE, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  return settings
}

/** The key file that signs in development, made at the first start: as in production, there is a JWKS to verify with. */
export async function devKeys(): Promise<string> {
  const path = `${DATA_FOLDER}/jwt-keys.json`
  if (!existsSync(path)) {
    mkdirSync(DATA_FOLDER, { recursive: true, mode: 0o700 })
    await changeKeyFile(path, (keys) => addNext(keys, 'ES256', new Date()))
  }
  return path
}

/** Reads `.env`, where there is one; what is set already stays. */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
