import { readFileSync } from 'node:fs'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { samples } from '../../src/http/samples.ts'
import { formatKeys } from '../../src/keys/key.ts'
import { build } from '../helper.ts'
import { ES256 } from '../known-keys.ts'
import { createStaff } from '../staff.ts'
import { openChromium, skip } from './chromium.ts'

interface Operation {
  operationId: string
  tags: string[]
  requestBody?: object
}

t.test('the API documentation page', { skip }, async (t) => {
  const folder = t.testdir({ 'keys.json': formatKeys([ES256]) })
  const { app } = await build(t, { DEBUG: 'true', JWT_SECRET: '', JWT_KEYS: `${folder}/keys.json` })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  await createStaff(samples.staffPhone, samples.password)
  const { paths } = (await app.inject('/openapi.json')).json()
  const operations = Object.values<Record<string, Operation>>(paths).flatMap(Object.values<Operation>)

  const page = await (await openChromium(t)).newPage()
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('request', (request) => {
    if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(url)) elsewhere.push(request.url())
  })
  await page.goto(`${url}/docs`)
  await page
    .locator('.opblock')
    .nth(operations.length - 1)
    .waitFor()

  t.test(
    'each call succeeds with its prefilled example, and no placeholder values are filled in',
    async (t) => {
      const [, verifyOtp] = operations
      const seen: string[] = []
      for (const operation of operations) {
        const { status, filledIn } = await tryIt(page, operation)
        t.ok(status === 200 || status === 204, `${operation.operationId}: ${status}`)
        seen.push(...filledIn)
        for (const text of filledIn) t.notMatch(text, /"string"|"additionalProp|3fa85f64|: 0\b/)
        // It may have ended the session.
        if (status === 204 && verifyOtp) t.equal((await tryIt(page, verifyOtp)).status, 200)
      }
      t.ok(seen.some((text) => text.includes(samples.code)))
      t.ok(seen.includes(samples.session))
    }
  )

  t.test('axe finds no critical accessibility problem', async (t) => {
    for (const operation of operations.slice(0, 2)) await foldOrUnfold(page, operation)
    await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'))
    const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
    t.strictSame(
      violations.filter(({ impact }) => impact === 'critical').map(({ id, nodes }) => [id, nodes[0]?.html]),
      []
    )
  })

  t.test('the page contacts no other host and logs no error or warning', async (t) => {
    t.strictSame(elsewhere, [])
    t.strictSame(complaints, [])
  })
})

const idOf = ({ tags: [tag], operationId }: Operation) => `#operations-${tag}-${operationId}`

const foldOrUnfold = (page: Page, operation: Operation) =>
  page.locator(`${idOf(operation)} .opblock-summary-control`).click()

/** Executes a call as the page offers it; returns the status of the reply and the prefilled values. */
async function tryIt(page: Page, operation: Operation) {
  const fields = page.locator(`${idOf(operation)} :is(textarea, input[type=text])`)
  await foldOrUnfold(page, operation)
  const execute = page.locator(`${idOf(operation)} .execute`)
  await execute.waitFor()
  if (operation.requestBody) await page.locator(`${idOf(operation)} textarea`).waitFor()
  const replied = page.waitForResponse((reply) => reply.request().resourceType() === 'fetch')
  await execute.click()
  const status = (await replied).status()
  await page.locator(`${idOf(operation)} .live-responses-table`).waitFor()
  const filledIn = await Promise.all((await fields.all()).map((field) => field.inputValue()))
  await foldOrUnfold(page, operation)
  return { status, filledIn }
}
