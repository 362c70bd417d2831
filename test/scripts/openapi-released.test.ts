import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'

/**
 * The document of the last release, from which the clients in the field were generated; each release copies
 * docs/openapi.json over it. Not the document of the last commit: a break in one of many commits must not be forgotten.
 */
const RELEASED = 'docs/openapi.released.json'

interface Change {
  path: string
  impact: 'major' | 'minor' | 'patch'
  verdicts: { message: string }[]
}

/** The changes that break a client, each with its call (`POST /api/…`) or its place in the document. */
function breaks(document: string): { call: string; why: string }[] {
  const argv = ['diff', RELEASED, document, '--format=json', '--fail-on=none']
  const { stdout, stderr, status } = spawnSync('node_modules/.bin/redocly', argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const { changes }: { changes: Change[] } = JSON.parse(stdout)
  return changes
    .filter(({ impact }) => impact === 'major')
    .map(({ path, verdicts }) => ({
      call: callOf(path),
      why: verdicts.map(({ message }) => message).join(' ')
    }))
}

function callOf(pointer: string): string {
  const [, part, path = '', method] = pointer.split('/').map((name) => name.replaceAll('~1', '/'))
  return part === 'paths' ? [method?.toUpperCase() ?? '', path].join(' ').trim() : pointer
}

/** In backticks, so that a note about `POST /…/phone/verify/` does not excuse a break of `POST /…/phone/`. */
function isTold(call: string, notes: string): boolean {
  return notes.includes(`\`${call}\``)
}

/** The released document with something replaced. */
function changed(folder: string, from: string, to: string): string {
  const file = `${folder}/openapi.json`
  writeFileSync(file, readFileSync(RELEASED, 'utf8').replaceAll(from, to))
  return file
}

t.test(
  'breaking API changes are listed in CHANGELOG.md, under "### Breaking" of the unreleased part',
  async (t) => {
    const [, unreleased = ''] = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m).slice(0, 2)
    const [, told = ''] = /^### Breaking\n([^#]*)/m.exec(unreleased) ?? []
    for (const { call, why } of breaks('docs/openapi.json')) t.ok(isTold(call, told), `${call}: ${why}`)
  }
)

t.test('a note in CHANGELOG.md excuses its own call, not one whose path begins alike', async (t) => {
  const notes = '- `POST /api/users/phone/verify/` no longer …'
  t.ok(isTold('POST /api/users/phone/verify/', notes))
  t.notOk(isTold('POST /api/users/phone/', notes))
})

t.test('a renamed or retyped field breaks a client; an added one does not', async (t) => {
  const renamed = breaks(changed(t.testdir(), '"is_new_user"', '"is_new"'))
  t.match(renamed, [{ call: 'POST /api/auth/verify-otp/', why: 'is_new_user' }])
  const retyped = breaks(changed(t.testdir(), '"type": "boolean"', '"type": "string"'))
  t.ok(retyped.some(({ call, why }) => call === 'GET /api/auth/sessions/' && why.includes('current')))
  t.strictSame(
    breaks(changed(t.testdir(), '"device_token": {', '"more": { "type": "string" }, "device_token": {')),
    []
  )
})
