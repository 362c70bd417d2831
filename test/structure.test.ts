import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

// What keeps the house in order; Biome refuses import circles.
const files = (folder: string, ending = '.ts') =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(`${folder}/${path}`, 'utf8') }))
const lines = (text: string) => text.split('\n').length - 1

t.test('at most nine files lie at the root of src: a noun that has three has a folder', async (t) => {
  t.ok(readdirSync('src').filter((name) => name.endsWith('.ts')).length <= 9)
})

t.test('a file can be read at a sitting', async (t) => {
  // Lists: of settings and what contradicts them, of errors, and of codes.
  const longer = ['src/config/settings.ts', 'src/config/load.ts', 'src/errors.ts']
  for (const { path, text } of files('src')) if (!longer.includes(path)) t.ok(lines(text) <= 200, path)
  t.ok(lines(readFileSync('src/app.ts', 'utf8')) <= 80, 'app.ts is a table of contents')
})

t.test(
  'so can a file of the page, which lies in no folder of its own: it is served by its name',
  async (t) => {
    t.ok(readdirSync('src/page', { withFileTypes: true }).every((entry) => entry.isFile()))
    for (const { path, text } of files('src/page', '.js')) t.ok(lines(text) <= 100, path)
    for (const { path, text } of files('src/page', '.css')) t.ok(lines(text) <= 250, path)
  }
)

t.test(
  'plugins import each other for types only, and nothing that is beside the routes is hidden among them',
  async (t) => {
    for (const { path, text } of files('src/plugins'))
      t.notMatch(text, /^import (?!type).* from '\.\//m, path)
    const shared = [
      'schemas.ts',
      'rate-limited.ts',
      'account.ts',
      'send-code.ts',
      'verify-code.ts',
      'writable.ts',
      'signed-in.ts'
    ]
    const routes = /\.(get|post|patch|delete|register)\(/
    for (const { path, text } of files('src/routes').filter(
      ({ path }) => !shared.some((name) => path.endsWith(name))
    ))
      t.match(text, routes, path)
  }
)

t.test('Lua has names for its keys, arguments and figures: nothing is known by its place', async (t) => {
  for (const { path, text } of files('src/lua', '.lua')) t.notMatch(text, /KEYS|ARGV/, path)
  for (const { path, text } of files('src'))
    if (path !== 'src/redis/step.ts') t.notMatch(text, /KEYS\[|ARGV\[/, path)
})

t.test('an example is read in five minutes and copied without anything but openapi-fetch', async (t) => {
  for (const folder of ['examples/citizen-app', 'examples/dashboard']) {
    const example = files(folder)
    t.ok(lines(example.map(({ text }) => text).join('')) < 150, folder)
    const imports = example.flatMap(({ text }) =>
      [...text.matchAll(/ from '([^']+)'/g)].map(([, from]) => from)
    )
    for (const from of imports) t.match(from, /^(openapi-fetch|\.\/\w+\.ts|\.\.\/api\.d\.ts)$/)
  }
})

t.test('the environment is read by entry points only', async (t) => {
  for (const { path, text } of files('src'))
    if (!['src/server.ts', 'src/cli.ts'].includes(path)) t.notMatch(text, 'process.env.', path)
})
