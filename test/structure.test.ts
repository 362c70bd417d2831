import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

// Rules for the layout of the code. A noun with three files gets a folder; Biome rejects import cycles.
const files = (folder: string, ending = '.ts') =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(`${folder}/${path}`, 'utf8') }))
const lines = (text: string) => text.split('\n').length - 1

t.test('the root of src holds at most nine files', async (t) => {
  t.ok(readdirSync('src').filter((name) => name.endsWith('.ts')).length <= 9)
})

t.test('a source file has at most 200 lines', async (t) => {
  // These are lists: of settings and their contradictions, of errors, and of codes.
  const longer = ['src/config/settings.ts', 'src/config/load.ts', 'src/errors.ts']
  for (const { path, text } of files('src')) if (!longer.includes(path)) t.ok(lines(text) <= 200, path)
  t.ok(lines(readFileSync('src/app.ts', 'utf8')) <= 80, 'app.ts is a table of contents')
})

t.test('files of the page are short and in no subfolder, because they are served by name', async (t) => {
  t.ok(readdirSync('src/page', { withFileTypes: true }).every((entry) => entry.isFile()))
  for (const { path, text } of files('src/page', '.js')) t.ok(lines(text) <= 100, path)
  for (const { path, text } of files('src/page', '.css')) t.ok(lines(text) <= 250, path)
})

t.test(
  'plugins import only types from each other, and src/routes holds only routes and listed helpers',
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

t.test('Lua scripts name their keys and arguments instead of using their positions', async (t) => {
  for (const { path, text } of files('src/lua', '.lua')) t.notMatch(text, /KEYS|ARGV/, path)
  for (const { path, text } of files('src'))
    if (path !== 'src/redis/step.ts') t.notMatch(text, /KEYS\[|ARGV\[/, path)
})

t.test('an example has under 150 lines and imports only openapi-fetch and its own files', async (t) => {
  for (const folder of ['examples/citizen-app', 'examples/dashboard']) {
    const example = files(folder)
    t.ok(lines(example.map(({ text }) => text).join('')) < 150, folder)
    const imports = example.flatMap(({ text }) =>
      [...text.matchAll(/ from '([^']+)'/g)].map(([, from]) => from)
    )
    for (const from of imports) t.match(from, /^(openapi-fetch|\.\/\w+\.ts|\.\.\/api\.d\.ts)$/)
  }
})

t.test('only entry points read the environment', async (t) => {
  for (const { path, text } of files('src'))
    if (!['src/server.ts', 'src/cli.ts'].includes(path)) t.notMatch(text, 'process.env.', path)
})
