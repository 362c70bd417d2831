import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { SHIPPED } from '../guarded-service.ts'
import { openChromium, skip } from './chromium.ts'
import { development, openPage } from './page.ts'

const WIDE = { width: 1280, height: 1120 }
const NARROW = { width: 390, height: 844 }
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Where `npm run page:picture` keeps the screenshots of the tests. */
const pictures = process.env.PAGE_PICTURES

async function picture(page: Page, path: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path })
}

async function seriousFindings(page: Page) {
  await page.evaluate(axe)
  const { violations }: AxeResults = await page.evaluate('axe.run()')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

t.test('how the page looks', { skip }, async (t) => {
  const browser = await openChromium(t)

  for (const [name, options] of Object.entries({
    page: { colorScheme: 'light', viewport: WIDE },
    'page-dark': { colorScheme: 'dark', viewport: WIDE },
    'page-390': { colorScheme: 'light', viewport: NARROW }
  } as const)) {
    t.test(`${name}: axe finds nothing serious, and nothing scrolls sideways`, async (t) => {
      const { url } = await development(t, SHIPPED)
      const opened = await openPage(t, browser, url, { ...options, reducedMotion: 'reduce' })
      const { page, step, problems } = opened
      t.strictSame(await seriousFindings(page), [], 'on opening')
      await (await step('Phone number')).click('Send the code')
      const code = await step('Code from the SMS')
      await code.block.getByRole('button', { name: /From Messages/ }).click()
      if (pictures) await picture(page, `${pictures}/${name}.png`)
      await code.click('A wrong code')
      await signInAgain()
      await (await step('Who am I')).click('An ended session')
      t.strictSame(await seriousFindings(page), [], 'with replies of every kind')
      for (const [language, word] of [
        ['Oʻzbekcha', 'Xabarlar'],
        ['Русский', 'Сообщения'],
        ['English', 'Messages']
      ] as const) {
        await page.getByRole('radio', { name: language }).check()
        await page.getByRole('heading', { name: word }).waitFor()
        const width = await page.evaluate<number>('document.documentElement.scrollWidth')
        t.ok(width <= options.viewport.width, `${language}: ${width}`)
      }
      await page.getByRole('radio', { name: 'Staff' }).check()
      t.strictSame(await seriousFindings(page), [], 'staff')
      t.strictSame(problems, [])

      async function signInAgain() {
        await code.block.getByRole('button', { name: /From Messages/ }).click()
        await code.click('Sign in')
      }
    })
  }

  t.test('a code can be sent by keyboard alone', async (t) => {
    const { url } = await development(t)
    const { page } = await openPage(t, browser, url)
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focused = () =>
      page.evaluate<string>('document.activeElement.textContent || document.activeElement.id')
    await press('Tab')
    t.equal(await focused(), 'Skip to the steps')
    await press('Enter', 'Tab')
    await press('Tab', 'Tab', 'Tab')
    t.equal(await focused(), 'citizen-number-phone_number')
    await press('Enter')
    await page.locator('#messages li').waitFor()
    t.match(await page.getByRole('status').filter({ hasText: 'Done' }).innerText(), 'Done')
  })

  t.test(
    "page and replies use the browser's language, and a chosen language survives a reload",
    async (t) => {
      const { url } = await development(t)
      const context = await browser.newContext({ locale: 'ru-RU' })
      t.teardown(() => context.close())
      const page = await context.newPage()
      await page.goto(url)
      await page.getByRole('heading', { name: 'Сообщения' }).waitFor()
      await page.getByRole('button', { name: 'Городской номер' }).click()
      await page.getByText(/PHONE_INVALID: .*[а-я]/).waitFor()
      await page.getByRole('radio', { name: 'Oʻzbekcha' }).check()
      await page.reload()
      await page.getByRole('heading', { name: 'Xabarlar' }).waitFor()
      t.equal(await page.evaluate('document.documentElement.lang'), 'uz')
    }
  )
})
