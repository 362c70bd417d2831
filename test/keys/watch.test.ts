import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { formatKeys, newKey } from '../../src/keys/key.ts'
import { watchKeyFile } from '../../src/keys/watch.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'
import { until } from '../until.ts'

const addressed = {
  issuer: 'citizen-auth',
  audience: 'citizen-api',
  refreshAudience: 'citizen-auth:refresh'
}
const later = { ...ES256, kid: 'later' }

/** Atomically: half a write would count as a change. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** A watched file, and what the watcher logs about it. */
async function watched(t: Test, content: string, mode = 0o600) {
  const path = `${t.testdir({ keys: content })}/keys`
  chmodSync(path, mode)
  const said: string[] = []
  const { log } = Fastify({
    logger: {
      stream: {
        write(line: string) {
          const { level, err, msg } = JSON.parse(line)
          said.push(
            `${{ 30: 'info', 40: 'warn', 50: 'error' }[String(level)]}: ${err ? `${err.message} ` : ''}${msg}`
          )
        }
      }
    }
  })
  const { current, close } = await watchKeyFile(path, { ...addressed, checkMs: 20, log })
  t.teardown(close)
  return {
    ...{ path, said, close },
    activeKid: () => current().active.kid,
    /** Waits until it has logged this many lines. */
    async told(count: number) {
      await until(() => said.length >= count)
    }
  }
}

t.test('new keys are used without a restart, and the log names the active one', async (t) => {
  const { path, said, told, activeKid } = await watched(t, formatKeys([ES256]))
  t.equal(activeKid(), 'rfc7515')
  replace(path, formatKeys([later]))
  await told(1)
  t.equal(activeKid(), 'later')
  t.strictSame(said, [`info: the key file ${path} was read again; the active key is later`])
})

t.test('rewriting the same content logs nothing', async (t) => {
  const { path, said, told, activeKid } = await watched(t, formatKeys([ES256]))
  replace(path, formatKeys([ES256]))
  await wait(100)
  replace(path, formatKeys([later]))
  await told(1)
  t.equal(activeKid(), 'later')
  t.equal(said.length, 1)
})

for (const [what, spoil] of [
  ['broken', (path: string) => replace(path, '{"keys":')],
  ['empty', (path: string) => replace(path, '')],
  ['without an active key', (path: string) => replace(path, formatKeys([ED_DSA]))],
  ['gone', (path: string) => rmSync(path)]
] as const) {
  t.test(
    `a file that is ${what} leaves the keys as they were, logged once and again once it is good`,
    async (t) => {
      const { path, said, told, activeKid } = await watched(t, formatKeys([ES256]))
      spoil(path)
      await told(1)
      t.match(said[0], /^error: The(re is no)? key file .* the keys stay as they were$/)
      t.match(said[0], path)
      // By now it has been checked a few more times.
      await wait(100)
      t.equal(said.length, 1)
      t.equal(activeKid(), 'rfc7515')
      replace(path, formatKeys([ES256]))
      await told(2)
      t.match(said[1], /^info: .* the active key is rfc7515$/)
    }
  )
}

t.test('a file that others can read is used, with a warning', async (t) => {
  const open = await watched(t, formatKeys([ES256]), 0o644)
  t.match(open.said, [/^warn: .* can be read by others/])
  t.equal(open.activeKid(), 'rfc7515')
})

t.test('a file that cannot be used aborts startup', async (t) => {
  await t.rejects(watched(t, '{}'), { message: /^The key file .*keys: Expected required property/ })
})

t.test('nothing is read after closing', async (t) => {
  const { path, close, activeKid, said } = await watched(t, formatKeys([ES256]))
  await close()
  replace(path, formatKeys([newKey('ES256', 'active', new Date())]))
  await wait(100)
  t.equal(activeKid(), 'rfc7515')
  t.strictSame(said, [])
})
