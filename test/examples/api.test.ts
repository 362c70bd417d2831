import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'

const [command = '', ...args] = JSON.parse(await readFile('package.json', 'utf8')).scripts.client.split(' ')
const check = (cwd: string) =>
  promisify(execFile)(`${process.cwd()}/node_modules/.bin/${command}`, [...args, '--check'], { cwd })

t.test('examples/api.d.ts matches docs/openapi.json (npm run client)', async (t) => {
  await t.resolves(check('.'))
})

t.test('outdated types are detected', async (t) => {
  const folder = t.testdir({ docs: {}, examples: {} })
  for (const path of ['docs/openapi.json', 'examples/redocly.yaml', 'examples/api.d.ts'])
    await cp(path, `${folder}/${path}`)
  const document = await readFile('docs/openapi.json', 'utf8')
  await writeFile(`${folder}/docs/openapi.json`, document.replaceAll('is_new_user', 'is_new'))
  await t.rejects(check(folder), /not up-to-date/)
})
