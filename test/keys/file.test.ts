import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { open } from 'node:fs/promises'
import t from 'tap'
import { changeKeyFile, KeyFileInvalid, keysIn, readKeyFile } from '../../src/keys/file.ts'
import { formatKeys } from '../../src/keys/key.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'

const mode = (path: string) => statSync(path).mode & 0o777
const text = formatKeys([ES256])

t.test('a new file is readable by its owner only, and nothing is left beside it', async (t) => {
  const folder = t.testdir()
  await changeKeyFile(`${folder}/keys.json`, () => [ES256, ED_DSA])
  t.strictSame(keysIn('', readFileSync(`${folder}/keys.json`, 'utf8')), [ES256, ED_DSA])
  t.equal(mode(`${folder}/keys.json`), 0o600)
  t.strictSame(readdirSync(folder), ['keys.json'])
})

t.test('a change keeps the permissions of the file, and readable files are recognized', async (t) => {
  const path = `${t.testdir({ 'keys.json': text })}/keys.json`
  for (const rights of [0o600, 0o640, 0o440, 0o644]) {
    chmodSync(path, rights)
    await changeKeyFile(path, () => [ES256, ED_DSA])
    t.strictSame(keysIn(path, readFileSync(path, 'utf8')), [ES256, ED_DSA])
    t.equal(mode(path), rights)
    t.equal((await readKeyFile(path)).exposed, (rights & 0o077) !== 0)
  }
})

t.test('a change that cannot restore the owner of the file leaves it as it was', async (t) => {
  const folder = t.testdir({ 'keys.json': text })
  const handle = await open(`${folder}/keys.json`)
  t.teardown(() => handle.close())
  t.intercept(Object.getPrototypeOf(handle), 'chown', {
    value: async () => {
      throw new Error('EPERM: operation not permitted')
    }
  })
  await t.rejects(
    changeKeyFile(`${folder}/keys.json`, () => [ES256, ED_DSA]),
    { name: 'KeyFileInvalid', message: /keys\.json stays as it was: it belongs to the user \d+ .*EPERM/ }
  )
  t.equal(readFileSync(`${folder}/keys.json`, 'utf8'), text)
  t.strictSame(readdirSync(folder), ['keys.json'])
})

if (process.getuid?.() === 0) {
  t.test('a file that root changes keeps its owner', async (t) => {
    const path = `${t.testdir({ 'keys.json': text })}/keys.json`
    chmodSync(path, 0o640)
    chownSync(path, 65_534, 65_533)
    await changeKeyFile(path, () => [ES256, ED_DSA])
    const { uid, gid } = statSync(path)
    t.strictSame([uid, gid, mode(path)], [65_534, 65_533, 0o640])
  })
}

t.test('a reader during a change finds the old keys or the new ones', async (t) => {
  const path = `${t.testdir({ 'keys.json': text })}/keys.json`
  let changing = true
  const sizes = new Set<number>()
  const reading = (async () => {
    while (changing) sizes.add(keysIn(path, (await readKeyFile(path)).text).length)
  })()
  for (let round = 0; round < 30; round++) {
    await changeKeyFile(path, (keys) => (keys.length === 1 ? [ES256, ED_DSA] : [ES256]))
  }
  changing = false
  await reading
  t.strictSame([...sizes].sort(), [1, 2])
})

t.test('concurrent changes either add to the file or are told to wait', async (t) => {
  const path = `${t.testdir()}/keys.json`
  const name = (count: number) =>
    ({ ...ED_DSA, kid: `key ${count}`, state: count === 0 ? 'active' : 'retired' }) as const
  const changes = await Promise.allSettled(
    Array.from({ length: 20 }, () => changeKeyFile(path, (keys) => [...keys, name(keys.length)]))
  )
  const done = changes.filter(({ status }) => status === 'fulfilled').length
  t.equal(keysIn(path, readFileSync(path, 'utf8')).length, done)
  t.ok(done > 0 && done < 20, `${done} of 20`)
  for (const change of changes) {
    if (change.status === 'rejected')
      t.match(change.reason.message, /Somebody else.*delete .*keys\.json\.lock/)
  }
})

t.test('an abandoned change leaves the file as it was and unlocked', async (t) => {
  const folder = t.testdir({ 'keys.json': text })
  const giveUp = () => {
    throw new Error('not now')
  }
  await t.rejects(changeKeyFile(`${folder}/keys.json`, giveUp), /not now/)
  t.equal(readFileSync(`${folder}/keys.json`, 'utf8'), text)
  t.strictSame(readdirSync(folder), ['keys.json'])
})

t.test('a broken file is not changed', async (t) => {
  const path = `${t.testdir({ 'keys.json': '{' })}/keys.json`
  await t.rejects(
    changeKeyFile(path, () => [ES256]),
    KeyFileInvalid
  )
  t.equal(readFileSync(path, 'utf8'), '{')
})

t.test('a link to the file stays a link', async (t) => {
  const folder = t.testdir({ 'real.json': text })
  symlinkSync(`${folder}/real.json`, `${folder}/keys.json`)
  await changeKeyFile(`${folder}/keys.json`, (keys) => [...keys, ED_DSA])
  t.ok(lstatSync(`${folder}/keys.json`).isSymbolicLink())
  t.equal(keysIn('', readFileSync(`${folder}/real.json`, 'utf8')).length, 2)
})

t.test('a file that cannot be read or written is named with the reason', async (t) => {
  const folder = t.testdir({ empty: '' })
  mkdirSync(`${folder}/directory`)
  writeFileSync(`${folder}/secret.json`, text.replace('"EC"', '"ec"'))
  t.throws(() => keysIn(`${folder}/secret.json`, text.slice(9)), {
    message: /secret\.json cannot be used: it is not JSON\. Put a good one/
  })
  t.throws(() => keysIn(`${folder}/empty`, ''), { message: /empty cannot be used: it is empty\./ })
  await t.rejects(readKeyFile(`${folder}/missing`), {
    message: /^There is no key file .*missing; "manage keys generate"/
  })
  await t.rejects(readKeyFile(`${folder}/directory`), { message: /directory cannot be read: .*EISDIR/ })
  await t.rejects(
    changeKeyFile(`${folder}/no/keys.json`, () => [ES256]),
    { message: /cannot be written: ENOENT/ }
  )
})
