import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { DATA_FOLDER, devKeys, devSettings, loadDotEnv } from '../../scripts/dev-settings.ts'
import { loadConfig } from '../../src/config/load.ts'
import { parseKeys } from '../../src/keys/key.ts'
import { passwordProblem } from '../../src/passwords/policy.ts'
import { toE164 } from '../../src/phone.ts'

/** Works in an empty folder, as right after a checkout. */
function freshCheckout(t: Test) {
  const before = process.cwd()
  process.chdir(t.testdir())
  t.teardown(() => process.chdir(before))
}

const mode = (path: string) => statSync(path).mode & 0o777

t.test('the first start makes secrets that the service accepts and only the owner can read', async (t) => {
  freshCheckout(t)
  const { OTP_SECRET } = devSettings()
  const JWT_KEYS = await devKeys()
  const stores = { DATABASE_URL: 'postgres://localhost/x', REDIS_URL: 'redis://localhost' }
  t.match(loadConfig({ ...stores, JWT_KEYS, OTP_SECRET }), {
    jwt: { keys: JWT_KEYS },
    otp: { secret: OTP_SECRET }
  })
  t.equal(mode(DATA_FOLDER), 0o700)
  t.equal(mode(`${DATA_FOLDER}/dev.json`), 0o600)
  t.equal(mode(JWT_KEYS), 0o600)
})

t.test('the two demo logins differ, and have valid numbers and passwords', async (t) => {
  freshCheckout(t)
  const { demoStaff, secondStaff } = devSettings()
  for (const { phone, password, name, department } of [demoStaff, secondStaff]) {
    t.equal(toE164(phone, ['UZ']), phone)
    t.equal(passwordProblem(password, 12, [phone, name, department]), undefined)
  }
  t.not(demoStaff.phone, secondStaff.phone)
  t.not(demoStaff.password, secondStaff.password)
})

t.test('a file of an earlier version keeps its settings and gets those it lacks', async (t) => {
  freshCheckout(t)
  const { secondStaff: _, ...earlier } = devSettings()
  writeFileSync(`${DATA_FOLDER}/dev.json`, JSON.stringify(earlier))
  const { secondStaff, ...kept } = devSettings()
  t.strictSame(kept, earlier)
  t.strictSame(devSettings().secondStaff, secondStaff, 'permanently')
})

t.test('later starts use the same settings, another checkout uses others', async (t) => {
  freshCheckout(t)
  const first = devSettings()
  t.strictSame(devSettings(), first)
  await t.test('elsewhere', async (t) => {
    freshCheckout(t)
    const other = devSettings()
    t.not(other.OTP_SECRET, first.OTP_SECRET)
    t.not(other.demoStaff.password, first.demoStaff.password)
  })
})

t.test('development has signing keys that the first start makes and later ones reuse', async (t) => {
  freshCheckout(t)
  const keys = parseKeys(readFileSync(await devKeys(), 'utf8'))
  t.match(keys, [
    { alg: 'ES256', state: 'active' },
    { alg: 'ES256', state: 'next' }
  ])
  t.strictSame(parseKeys(readFileSync(await devKeys(), 'utf8')), keys)
})

t.test('.env adds what is not set, and is optional', async (t) => {
  freshCheckout(t)
  t.teardown(() => {
    delete process.env.TEST_OF_DOTENV_NEW
    delete process.env.TEST_OF_DOTENV_SET
  })
  loadDotEnv()
  t.notOk(existsSync('.env'))

  writeFileSync('.env', 'TEST_OF_DOTENV_NEW=from the file\nTEST_OF_DOTENV_SET=from the file\n')
  process.env.TEST_OF_DOTENV_SET = 'from the shell'
  loadDotEnv()
  t.equal(process.env.TEST_OF_DOTENV_NEW, 'from the file')
  t.equal(process.env.TEST_OF_DOTENV_SET, 'from the shell')
})
