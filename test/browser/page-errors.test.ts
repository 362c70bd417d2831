import t from 'tap'
import { openChromium, skip } from './chromium.ts'
import { development, openPage, signIn } from './page.ts'

t.test('errors that the page provokes', { skip }, async (t) => {
  const browser = await openChromium(t)

  t.test('asking again too soon shows a countdown, after which a code is sent', async (t) => {
    const { url } = await development(t, { OTP_RESEND_SECONDS: '3' })
    const { page, step, problems } = await openPage(t, browser, url)
    const number = await step('Phone number')
    t.strictSame(await number.click('A landline'), ['PHONE_INVALID'])
    const timer = number.block.locator('.countdown')
    await page.evaluate(`window.told = []
      const timer = document.querySelector('.countdown')
      new MutationObserver(() => told.push(timer.textContent)).observe(timer, { childList: true })`)
    t.strictSame(await number.click('Ask again at once'), ['200', 'OTP_COOLDOWN'])
    t.match(await timer.innerText(), /^Again in [123] s$/)
    await timer.waitFor({ state: 'hidden' })
    const texts = await page.evaluate<string[]>('told')
    const seconds = [...new Set(texts)].map((text) => /\d/.exec(text)?.[0])
    t.ok(seconds.length > 2)
    t.strictSame(seconds, seconds.toSorted().toReversed())
    t.strictSame(await number.click('Send the code'), ['200'])
    await page.locator('#messages li').nth(1).waitFor()
    t.strictSame(problems, [])
  })

  t.test('a wrong code shows the attempts left, which the fifth uses up', async (t) => {
    const { url } = await development(t)
    const { page, step, problems } = await openPage(t, browser, url)
    await (await step('Phone number')).click('Send the code')
    await page.locator('#messages li').waitFor()
    const code = await step('Code from the SMS')
    t.strictSame(await code.click('A wrong code'), ['OTP_INVALID'])
    t.match(await code.block.locator('.reply').innerText(), '"attempts_left": 4')
    await page.locator('#guard-facts').getByText('wrong 1').waitFor()
    t.strictSame(await code.click('Five wrong codes'), Array(4).fill('OTP_INVALID'))
    t.match(await code.block.locator('.reply').last().innerText(), '"attempts_left": 0')
    t.match(await code.block.getByRole('status').innerText(), 'OTP_INVALID: ')
    t.strictSame(problems, [])
  })

  t.test(
    'errors are shown for expired, ended, missing and stolen tokens, and for refused forms',
    async (t) => {
      const { url } = await development(t)
      const opened = await openPage(t, browser, url)
      const { page, step, problems } = opened
      await signIn(opened)
      t.strictSame(await (await step('Registration form')).click('An empty name'), ['VALIDATION_FAILED'])
      const me = await step('Who am I')
      t.strictSame(await me.click('An expired token'), ['200', 'TOKEN_EXPIRED'])
      t.strictSame(await me.click('An ended session'), ['200', '204', 'SESSION_ENDED'])
      t.strictSame(await me.click('No token'), ['TOKEN_MISSING'])
      t.strictSame(await me.click('Ask'), ['200'], 'their own session continues')
      const sessions = await step('Sessions')
      t.strictSame(await sessions.click('A stolen token'), ['200', '200', '200', 'SESSION_ENDED'])
      t.strictSame(await (await step('New number')).click('The same number'), ['PHONE_TAKEN'])
      await (await step('New number')).click('Send the code')
      await page.locator('#messages li').nth(1).waitFor()
      t.strictSame(await (await step('Code of the new number')).click('A wrong code'), ['OTP_INVALID'])
      t.strictSame(await sessions.click('Sign out'), ['204'])
      t.strictSame(await me.click('Ask'), ['SESSION_ENDED'])
      t.strictSame(problems, [])
    }
  )

  t.test('the page says that the service does not reply', async (t) => {
    const { app, url } = await development(t)
    const { step } = await openPage(t, browser, url)
    await app.close()
    const number = await step('Phone number')
    await number.click('Send the code')
    t.equal(await number.block.getByRole('status').innerText(), 'No reply: does the service run?')
    t.equal(await number.block.locator('.result').innerText(), '—')
  })
})
