import { readFileSync } from 'node:fs'
import t from 'tap'
import * as errors from '../../src/errors.ts'

const page = readFileSync('docs/for-your-app.md', 'utf8')
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)].map(
  ([, code, status, message]) => ({ code, statusCode: Number(status), message })
)
const byCode = (one: { code?: string | undefined }, other: { code?: string | undefined }) =>
  (one.code ?? '').localeCompare(other.code ?? '')

t.test(
  'docs/for-your-app.md lists exactly the existing error codes, with their status and message',
  async (t) => {
    const definitions = Object.values(errors)
      .filter((thing) => 'code' in thing)
      .map(({ code, statusCode, message }) => ({ code, statusCode, message }))
    t.strictSame(rows.sort(byCode), definitions.sort(byCode))
  }
)
