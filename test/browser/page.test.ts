import t from 'tap'
import { randomPhone } from '../helper.ts'
import { createStaff } from '../staff.ts'
import { openChromium, skip } from './chromium.ts'
import { development, openPage, signIn } from './page.ts'

t.test('the page at /', { skip }, async (t) => {
  const browser = await openChromium(t)

  t.test('a citizen can take every step, from phone number to account deletion', async (t) => {
    const { url } = await development(t)
    const opened = await openPage(t, browser, url)
    const { page, problems, step } = opened
    await signIn(opened)
    await page.locator('#guard-facts').getByText('known device').waitFor()
    t.match(
      await page.locator('#guard-facts').innerText(),
      /codes \d+ · guesses \d+[\s\S]*codes \d+ · wrong \d+[\s\S]*codes this hour \d+/
    )
    t.strictSame(await (await step('Registration form')).click('Save'), ['200'])
    const me = await step('Who am I')
    t.strictSame(await me.click('Ask'), ['200'])
    t.match(await me.block.locator('.reply').innerText(), '"full_name": "Dilnoza Karimova"')
    const sessions = await step('Sessions')
    t.strictSame(await sessions.click('List'), ['200'])
    t.strictSame(await sessions.click('Renew the tokens'), ['200'])
    t.strictSame(await sessions.click('End another session'), ['200', '200', '204'])
    t.strictSame(await (await step('New number')).click('Send the code'), ['200'])
    const code = await step('Code of the new number')
    await code.block.getByRole('button', { name: /From Messages/ }).click()
    t.strictSame(await code.click('Change the number'), ['200'])
    await page.locator('#messages li').nth(2).waitFor()
    t.strictSame(await (await step('Deletion')).click('Delete the account'), ['204'])
    t.strictSame(await (await step('Deletion')).click('“me” afterwards'), ['SESSION_ENDED'])
    t.strictSame(problems, [])
  })

  t.test('staff can take their steps and see their errors', async (t) => {
    const { url } = await development(t)
    const { phone, password } = await createStaff()
    const { page, problems, step } = await openPage(t, browser, url)
    await page.getByRole('radio', { name: 'Staff' }).check()
    const login = await step('Number and password')
    await login.fill('Phone number', phone)
    await login.fill('Password', password)
    t.strictSame(await login.click('An unknown number'), ['CREDENTIALS_INVALID'])
    t.strictSame(await login.click('Sign in'), ['200'])
    const me = await step('Who am I')
    t.strictSame(await me.click('Ask'), ['200'])
    t.match(await me.block.locator('.reply').innerText(), '"department"')
    t.strictSame(await me.click('An expired token'), ['200', 'TOKEN_EXPIRED'])
    t.strictSame(await me.click('An ended session'), ['200', '204', 'SESSION_ENDED'])
    t.strictSame(await me.click('No token'), ['TOKEN_MISSING'])
    t.strictSame(await (await step('Sessions')).click('List'), ['200'])
    const signOut = await step('Sign-out')
    t.strictSame(await signOut.click('Sign out'), ['204'])
    t.strictSame(await signOut.click('“me” afterwards'), ['SESSION_ENDED'])
    t.strictSame(await login.click('A wrong password'), ['CREDENTIALS_INVALID'])
    t.strictSame(await login.click('A wrong password'), ['LOGIN_LIMIT'])
    t.match(await login.block.getByRole('timer').innerText(), /^Again in \d+ s$/)
    t.strictSame(problems, [])
  })

  t.test('the request shown as curl, fetch or JSON is the one that was sent', async (t) => {
    const { url } = await development(t)
    const { page, step } = await openPage(t, browser, url)
    const number = await step('Phone number')
    const phone = randomPhone()
    await number.fill('Phone number', phone)
    const sent = page.waitForRequest(/send-otp/)
    await number.click('Send the code')
    t.match((await sent).headers(), { 'accept-language': 'en', 'content-type': 'application/json' })
    const request = number.block.locator('.request')
    t.match(await request.innerText(), `curl -X POST '${url}api/auth/send-otp/'`)
    t.match(await request.innerText(), `-d '${(await sent).postData()}'`)
    await page.getByRole('radio', { name: 'fetch' }).check()
    t.match(await request.innerText(), `await fetch("${url}api/auth/send-otp/", {`)
    await page.getByRole('radio', { name: 'JSON' }).check()
    const { body, method } = JSON.parse(await request.innerText())
    t.strictSame({ body, method }, { body: { phone_number: phone }, method: 'POST' })
    await page.getByRole('radio', { name: 'Русский' }).check()
    await page.getByRole('radio', { name: 'curl' }).check()
    const first = page.locator('.request').first()
    t.match(await first.innerText(), "-H 'accept-language: en'", 'also after another language was chosen')
  })

  t.test('an open step shows what it would send now, with the token of a later sign-in', async (t) => {
    const { url } = await development(t)
    const opened = await openPage(t, browser, url)
    await opened.step('Who am I')
    const request = opened.page.locator('.request', { hasText: '/api/users/me/' })
    t.notMatch(await request.innerText(), 'authorization')
    await signIn(opened)
    t.match(await request.innerText(), /-H 'authorization: Bearer \S+'/)
    await opened.page.getByRole('radio', { name: 'Русский' }).check()
    t.match(await request.innerText(), "-H 'accept-language: ru'")
  })

  t.test('a code is offered for a number however it was typed', async (t) => {
    const { url } = await development(t)
    const { step } = await openPage(t, browser, url)
    const number = await step('Phone number')
    await number.fill('Phone number', randomPhone().replace(/^\+998(..)(...)(..)(..)$/, '$1 $2-$3 $4'))
    t.strictSame(await number.click('Ask again at once'), ['200', 'OTP_COOLDOWN'])
    const code = await step('Code from the SMS')
    await code.block.getByRole('button', { name: /From Messages/ }).click()
    t.strictSame(await code.click('Sign in'), ['200'])
  })

  t.test('two tabs get the same messages, and a deletion in one signs out the other', async (t) => {
    const { url } = await development(t)
    const [one, other] = [await openPage(t, browser, url), await openPage(t, browser, url)]
    await signIn(one)
    const text = await one.page.locator('#messages .text').first().innerText()
    await other.page.getByText(text).waitFor()
    const phone = await (await one.step('Phone number')).block.getByLabel('Phone number').inputValue()
    await (await other.step('Phone number')).fill('Phone number', phone)
    await (await other.step('Phone number')).block.getByLabel('Phone number').blur()
    await (await other.step('Code from the SMS')).click('Sign in with 1111')
    t.strictSame(await (await other.step('Deletion')).click('Delete the account'), ['204'])
    t.strictSame(await (await one.step('Who am I')).click('Ask'), ['SESSION_ENDED'])
    t.strictSame([...one.problems, ...other.problems], [])
  })

  t.test('messages that another process sent during a restart appear on the page', async (t) => {
    const { app, url, port, again } = await development(t)
    const { page } = await openPage(t, browser, url)
    const { app: other } = await again()
    await app.close()
    await page.getByText('reconnecting').waitFor()
    const payload = { phone_number: randomPhone() }
    await other.inject({ method: 'POST', url: '/api/auth/send-otp/', payload })
    await again(port)
    await page
      .getByText(payload.phone_number.replace(/^(\+998)(\d\d)(\d{3})(\d\d)/, '$1 $2 $3 $4 '))
      .waitFor()
    await page.getByText('connected', { exact: true }).waitFor()
    t.equal(await page.locator('#messages li').count(), 1)
  })

  t.test('HTML in a message is shown as text, and Telegram messages are marked', async (t) => {
    const { app, url } = await development(t)
    const { page, problems } = await openPage(t, browser, url)
    const text = '<img src=x onerror="document.title=1"><script>document.title=2</script> 4821 \u202e&amp;'
    await app.sms.inbox?.keep({ to: '<b>+998', text, language: 'en', ttlSeconds: 300 }, { gateway: 'mock' })
    await page.locator('#messages li').waitFor()
    t.equal(await page.locator('#messages .text').textContent(), text)
    t.equal(await page.locator('#messages :is(img, script, .from b b)').count(), 0)
    t.equal(await page.title(), 'citizen-auth')
    const hello = { to: randomPhone(), text: '4821', language: 'en' as const, ttlSeconds: 300 }
    await app.sms.inbox?.keep(hello, { gateway: 'telegram', channel: 'telegram' })
    await page.locator('#messages .telegram').getByText('Telegram').waitFor()
    t.strictSame(problems, [])
  })

  t.test('a foreign host name gets no page, and a foreign origin gets no events', async (t) => {
    const { url } = await development(t)
    const context = await browser.newContext()
    t.teardown(() => context.close())
    const page = await context.newPage()
    // DNS rebinding: the name points first at its own server, then at us.
    await page.route('http://evil.example/**', async (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/attack') return route.fulfill({ body: '<!doctype html>', contentType: 'text/html' })
      const headers = { ...(await route.request().allHeaders()), host: 'evil.example' }
      return route.fulfill({ response: await route.fetch({ url: new URL(pathname, url).href, headers }) })
    })
    await page.goto('http://evil.example/attack')
    const stateOf = (address: string) =>
      page.evaluate(`new Promise((resolve) => {
        const source = new EventSource('${address}')
        source.onopen = () => resolve('open')
        source.onerror = () => resolve(source.readyState)
      })`)
    const closed = 2
    t.equal(await stateOf(`${url}dev/events`), closed)
    t.equal(await stateOf('/dev/events'), closed)
    t.equal(await page.evaluate("fetch('/dev/inbox.json').then(({ status }) => status)"), 404)
    const front = "fetch('/', { headers: { accept: 'text/html' } }).then((reply) => reply.json())"
    t.match(await page.evaluate(front), { name: 'citizen-auth' })
  })
})
