import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { randomPhone } from '../helper.ts'
import { openChromium, skip } from './chromium.ts'
import { development, openPage } from './page.ts'

/** The most connections that a browser opens to one host. */
const CONNECTIONS = 6

/** A headless browser never hides a tab, so the page is told that it did. */
const turn = (page: Page, state: 'hidden' | 'visible') =>
  page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.goto(url)
  await page.getByText('connected', { exact: true }).waitFor()
  return page
}

t.test('tabs of the page', { skip }, async (t) => {
  const browser = await openChromium(t)
  const newContext = async () => {
    const context = await browser.newContext({ locale: 'en' })
    t.teardown(() => context.close())
    return context
  }
  const sms = (text: string) => ({ to: randomPhone(), text, language: 'en' as const, ttlSeconds: 300 })

  t.test('hidden tabs hold no connection, and show missed messages once when visible again', async (t) => {
    const { app, url } = await development(t)
    await app.sms.inbox?.keep(sms('the first'), { gateway: 'mock' })
    const context = await newContext()
    const tabs: Page[] = []
    while (tabs.length <= CONNECTIONS) {
      const tab = await openTab(context, url)
      await tab.getByText('the first').waitFor()
      await turn(tab, 'hidden')
      tabs.push(tab)
    }
    const [earliest] = tabs as [Page]
    await app.sms.inbox?.keep(sms('the second'), { gateway: 'mock' })
    await turn(earliest, 'visible')
    await earliest.getByText('connected', { exact: true }).waitFor()
    await earliest.getByText('the second').waitFor()
    t.strictSame(await earliest.locator('#messages .text').allInnerTexts(), ['the second', 'the first'])
  })

  t.test('new messages are announced to screen readers, earlier ones are not', async (t) => {
    const { app, url } = await development(t)
    await app.sms.inbox?.keep(sms('from before'), { gateway: 'mock' })
    const context = await newContext()
    await context.addInitScript(`window.heard = {}
      addEventListener('DOMContentLoaded', () => {
        const list = document.getElementById('messages')
        const hear = () => { heard[list.firstChild.lastChild.textContent] = list.getAttribute('aria-live') }
        new MutationObserver(hear).observe(list, { childList: true })
      })`)
    const page = await openTab(context, url)
    await page.locator('#messages[aria-live=polite]').waitFor()
    await app.sms.inbox?.keep(sms('news'), { gateway: 'mock' })
    await page.getByText('news').waitFor()
    t.strictSame(await page.evaluate('heard'), { 'from before': 'off', news: 'polite' })
  })

  t.test('a request is copied, or selected if the browser refuses to copy', async (t) => {
    const { url } = await development(t)
    const { page, problems, step } = await openPage(t, browser, url)
    const { block } = await step('Phone number')
    const request = await block.locator('.request').innerText()
    await page.evaluate('navigator.clipboard.writeText = async (text) => { window.copied = text }')
    await block.getByRole('button', { name: 'Copy' }).click()
    await block.getByRole('button', { name: 'Copied' }).waitFor()
    t.equal(await page.evaluate('copied'), request)
    await block.getByRole('button', { name: 'Copy', exact: true }).waitFor()
    await page.evaluate(
      "navigator.clipboard.writeText = async () => { throw new DOMException('', 'NotAllowedError') }"
    )
    await block.getByRole('button', { name: 'Copy', exact: true }).click()
    t.equal(await page.evaluate('getSelection().toString()'), request)
    t.strictSame(problems, [])
  })

  t.test('no copy button is shown over plain HTTP, where there is no clipboard', async (t) => {
    const { url } = await development(t)
    const page = await (await newContext()).newPage()
    page.setDefaultTimeout(10_000)
    await page.route('http://192.168.0.9/**', async (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/dev/events') return route.abort()
      const headers = { ...(await route.request().allHeaders()), host: '192.168.0.9' }
      return route.fulfill({ response: await route.fetch({ url: new URL(pathname, url).href, headers }) })
    })
    await page.goto('http://192.168.0.9/')
    await page.locator('#citizen .request').first().waitFor()
    t.equal(await page.evaluate('navigator.clipboard'), undefined)
    t.equal(await page.locator('.copy').count(), 0)
    // An image of the page may still be loading.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })
})
