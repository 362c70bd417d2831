import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import type { Environment } from '../../src/config/settings.ts'
import { environment, settings } from '../helper.ts'

/** A development service with an inbox that no other test fills; `again` starts another process of it, or its successor. */
export async function development(t: Test, changes: Environment = {}) {
  const own = {
    DEBUG: 'true',
    LOG_LEVEL: 'silent',
    // Chromium takes both cores when it starts, so a pause does not mean that a store is away.
    REDIS_TIMEOUT_MS: '5000',
    DATABASE_QUEUE_TIMEOUT_MS: '5000',
    REDIS_KEY_PREFIX: `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`,
    ...changes
  }
  const start = async (port = 0) => {
    const app = buildApp(settings(own))
    t.teardown(() => app.close())
    await app.listen({ port, host: '127.0.0.1' })
    return { app, port: (app.server.address() as AddressInfo).port }
  }
  const { app, port } = await start()
  return { app, port, url: `http://127.0.0.1:${port}/`, again: start }
}

/** The page in a browser, and its problems, not counting error replies of the API, which are provoked. */
export async function openPage(t: Test, browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en', ...options })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (said) => {
    const isReply = said.text().startsWith('Failed to load resource: the server responded with a status of 4')
    if (['error', 'warning'].includes(said.type()) && !(isReply && said.location().url.includes('/api/')))
      problems.push(`${said.text()} ${said.location().url}`)
  })
  await page.goto(url)
  await page.getByText('connected', { exact: true }).waitFor()
  return { page, problems, step: (name: string) => stepOf(page, name) }
}

/** Finds a step by its title and opens it. */
async function stepOf(page: Page, name: string) {
  const block = page.locator('details:visible', {
    has: page.getByRole('heading', { name, exact: true, includeHidden: true })
  })
  if ((await block.getAttribute('open')) === null) await block.locator(':scope > summary').click()
  return { block, click, fill, codes }

  /** Clicks a button and returns the error code, or else the status, of each reply. */
  async function click(button: string): Promise<string[]> {
    await block.getByRole('button', { name: button, exact: true }).click()
    await settled(block)
    return codes()
  }
  async function fill(field: string, value: string): Promise<void> {
    await block.getByLabel(field, { exact: true }).fill(value)
  }
  async function codes(): Promise<string[]> {
    const replies = await block.locator('.exchange').allTextContents()
    return replies.map(
      (text) => /"code": "(\w+)"/.exec(text)?.[1] ?? /(\d{3}) · \d+ ms/.exec(text)?.[1] ?? ''
    )
  }
}

/** Waits until its last reply has arrived. */
async function settled(block: Locator): Promise<void> {
  await block.locator('.pill').first().waitFor()
  await block.and(block.page().locator(':not([aria-busy])')).waitFor()
}

/** Asks for a code and signs the page's citizen in with the code in Messages. */
export async function signIn({ step }: Awaited<ReturnType<typeof openPage>>): Promise<void> {
  await (await step('Phone number')).click('Send the code')
  const code = await step('Code from the SMS')
  await code.block.getByRole('button', { name: /From Messages/ }).click()
  await code.click('Sign in')
}
