import { readFileSync } from 'node:fs'
import t from 'tap'
import { openapiFile } from '../../scripts/openapi-docs.ts'
import { build } from '../helper.ts'

t.test('docs/openapi.json matches the service (npm run docs:openapi)', async (t) => {
  const { app } = await build(t)
  t.equal(readFileSync('docs/openapi.json', 'utf8'), openapiFile(app))
})

t.test('docs/openapi.json has the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.equal(JSON.parse(readFileSync('docs/openapi.json', 'utf8')).info.version, version)
})
