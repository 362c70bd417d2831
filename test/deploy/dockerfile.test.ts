import { existsSync, readFileSync } from 'node:fs'
import { ValidationSeverity, validate } from 'dockerfile-utils'
import t from 'tap'
import { settings } from '../../src/config/settings.ts'
import { build } from '../helper.ts'

const dockerfile = readFileSync('Dockerfile', 'utf8')

t.test('the Dockerfile passes its linter', async (t) => {
  const strict = {
    deprecatedMaintainer: ValidationSeverity.ERROR,
    directiveCasing: ValidationSeverity.ERROR,
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR
  }
  t.strictSame(validate(dockerfile, strict), [])
  t.not(validate(`${dockerfile}\nCOPI a b`, strict).length, 0, 'the linter finds a fault')
})

t.test('the image runs as non-root and needs no shell', async (t) => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM'))
  t.match(last, /^USER nonroot$/m)
  t.notMatch(last, /^RUN /m)
  for (const [, command = ''] of last.matchAll(/(?:^|\s)(?:CMD|ENTRYPOINT) (.*)$/gm))
    t.type(JSON.parse(command), Array)
})

t.test('its settings are known, and its health check calls a route of the service', async (t) => {
  for (const [, name = ''] of dockerfile.matchAll(/^ENV (\w+)=|process\.env\.(\w+)/gm))
    if (name) t.ok(settings.has(name), name)
  const { app } = await build(t)
  const [path = ''] = /\/health\/\w+/.exec(dockerfile) ?? []
  t.equal((await app.inject(path)).statusCode, 200)
  t.match(dockerfile, `EXPOSE ${settings.get('PORT')?.default}`)
})

t.test('all that it copies exists and passes .dockerignore', async (t) => {
  const letIn: string[] = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).*$/gm) ?? []
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) =>
    names.split(' ')
  )
  for (const name of copied) t.ok(letIn.includes(name) && existsSync(name), name)
})
