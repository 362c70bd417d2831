import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { KeyState, StoredKey } from '../../src/keys/jwk.ts'
import { formatKeys, parseKeys } from '../../src/keys/key.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'
import { run, succeed } from './run.ts'

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString()
/** Lifetimes of tokens and caches that are easy to calculate with. */
const lives = {
  ...{ ACCESS_TTL_SECONDS: '100', STAFF_ACCESS_TTL_SECONDS: '1000', REFRESH_TTL_SECONDS: '500' },
  ...{ JWKS_MAX_AGE_SECONDS: '300', JWT_KEYS_CHECK_MS: '10000', DATABASE_URL: undefined }
}

/** The commands, on a key file of their own. */
function keyFile(t: Test, keys?: StoredKey[]) {
  const path = `${t.testdir(keys ? { 'keys.json': formatKeys(keys) } : {})}/keys.json`
  const env = { ...lives, JWT_KEYS: path }
  return {
    path,
    manage: (...argv: string[]) => run(['keys', ...argv], '', env),
    succeed: (...argv: string[]) => succeed(['keys', ...argv], '', env),
    keys: () => parseKeys(readFileSync(path, 'utf8')),
    /** The kids in this state. */
    kids: (state: KeyState) =>
      parseKeys(readFileSync(path, 'utf8'))
        .filter((key) => key.state === state)
        .map(({ kid }) => kid)
  }
}

t.test('generate makes a file with an active and a next key that only its owner can read', async (t) => {
  for (const alg of ['ES256', 'EdDSA'] as const) {
    await t.test(alg, async (t) => {
      const { path, succeed, keys } = keyFile(t)
      t.strictSame(await succeed('generate', ...(alg === 'EdDSA' ? ['--alg', alg] : [])), [])
      t.match(keys(), [
        { alg, state: 'active' },
        { alg, state: 'next' }
      ])
      t.equal(statSync(path).mode & 0o777, 0o600)
    })
  }
})

t.test('generate adds a missing next key, but no second one', async (t) => {
  const { succeed, manage, keys } = keyFile(t, [ES256])
  await succeed('generate', '--alg', 'EdDSA')
  t.match(keys(), [ES256, { alg: 'EdDSA', state: 'next' }])
  const before = keys()
  t.strictSame(await manage('generate'), {
    code: 1,
    stdout: '',
    stderr: `manage: The key ${before[1]?.kid} is next already; "rotate" makes it active.\n`
  })
  t.strictSame(keys(), before)
})

t.test(
  'rotate activates the next key, retires the active one and adds a next one of the same type',
  async (t) => {
    const { succeed, keys } = keyFile(t, [ES256, { ...ED_DSA, created_at: ago(400) }])
    t.strictSame(await succeed('rotate'), [])
    t.match(keys(), [
      { ...ES256, state: 'retired', retired_at: /^20.*Z$/ },
      { ...ED_DSA, state: 'active' },
      { alg: 'EdDSA', state: 'next', created_at: /^20.*Z$/ }
    ])
  }
)

t.test('the algorithm can change with a rotation', async (t) => {
  const { succeed, keys } = keyFile(t, [ES256, ED_DSA])
  await succeed('rotate', '--alg', 'ES256')
  t.match(keys()[2], { alg: 'ES256', state: 'next' })
})

t.test('rotate is refused until all caches of our public keys have the next one', async (t) => {
  for (const [age, waits] of [
    [0, 311],
    [290, 21],
    [312, 0]
  ] as const) {
    const { manage, kids, keys } = keyFile(t, [ES256, { ...ED_DSA, created_at: ago(age) }])
    const before = keys()
    const { code, stderr } = await manage('rotate')
    t.equal(code, waits ? 1 : 0, `after ${age} s`)
    if (waits) {
      t.match(
        stderr,
        /^manage: Services that keep our public keys may not know the next key yet; try again in \d+ s /
      )
      t.match(stderr, /--now does not wait/)
      const told = Number(/in (\d+) s/.exec(stderr)?.[1])
      t.ok(told <= waits && told > waits - 10, stderr)
      t.strictSame(keys(), before)
    } else t.strictSame(kids('active'), [ED_DSA.kid])
  }
})

t.test('rotate --now waits only for the running processes', async (t) => {
  const young = keyFile(t, [ES256, { ...ED_DSA, created_at: ago(1) }])
  const refused = await young.manage('rotate', '--now')
  t.match(refused, {
    code: 1,
    stderr: /^manage: The running processes may not know the next key yet; try again in \d+ s\.\n$/
  })
  t.strictSame(young.kids('active'), [ES256.kid])
  writeFileSync(young.path, formatKeys([ES256, { ...ED_DSA, created_at: ago(12) }]))
  await young.succeed('rotate', '--now')
  t.strictSame(young.kids('active'), [ED_DSA.kid])
})

t.test('a retired key stays until the last token that it signed has expired', async (t) => {
  const retired = (kid: string, retired_at?: string) => {
    const key = { ...ES256, kid, state: 'retired' } as const
    return retired_at ? { ...key, retired_at } : key
  }
  const { succeed, kids, keys } = keyFile(t, [
    ...[retired('dead', ago(1_070)), retired('clock slack', ago(1_050)), retired('alive', ago(900))],
    ...[retired('by hand'), ES256, ED_DSA]
  ])
  await succeed('rotate')
  t.strictSame(kids('retired'), ['clock slack', 'alive', 'by hand', ES256.kid])
  t.match(keys().find(({ kid }) => kid === 'by hand')?.retired_at, /^20.*Z$/, 'its time runs from now')
})

t.test('list prints kid, algorithm, state and times, and no key', async (t) => {
  const created_at = ago(900)
  const { succeed } = keyFile(t, [{ ...ES256, created_at }, ED_DSA])
  t.strictSame(await succeed('list'), [
    ['rfc7515', 'ES256', 'active', created_at, '-'],
    ['rfc8037', 'EdDSA', 'next', '-', '-']
  ])
})

t.test('a missing or broken file is reported with the way out', async (t) => {
  const none = keyFile(t)
  t.match(await none.manage('list'), {
    code: 1,
    stderr: /^manage: There is no key file .*"manage keys generate" makes it\.\n$/
  })
  t.match(await none.manage('rotate'), {
    code: 1,
    stderr: 'manage: No key is next; run "manage keys generate" first.\n'
  })
  t.notOk(existsSync(none.path))
  writeFileSync(none.path, '')
  for (const command of ['list', 'generate', 'rotate']) {
    t.match(await none.manage(command), {
      code: 1,
      stderr: /^manage: The key file .* cannot be used: it is empty\. /
    })
  }
  t.equal(readFileSync(none.path, 'utf8'), '')
})

t.test('one of two concurrent rotations is refused, and no key is lost', async (t) => {
  const { manage, kids } = keyFile(t, [ES256, ED_DSA])
  const codes = (await Promise.all([manage('rotate', '--now'), manage('rotate', '--now')])).map(
    ({ code }) => code
  )
  t.strictSame(codes.sort(), [0, 1])
  t.strictSame([kids('retired'), kids('active')], [[ES256.kid], [ED_DSA.kid]])
})

t.test('the commands need JWT_KEYS, but no database', async (t) => {
  t.match(await run(['keys', 'list'], '', { DATABASE_URL: undefined }), {
    code: 1,
    stderr: /^manage: The settings cannot be used .*\n {2}JWT_KEYS is required\n$/
  })
  t.match(await run(['keys', 'generate', '--alg', 'HS256']), {
    code: 2,
    stderr: /Allowed choices are ES256, EdDSA/
  })
})
