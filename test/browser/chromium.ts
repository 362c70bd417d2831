import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'

/** The path of the installed Chromium, if there is one. */
export const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path)
)

/** Why browser tests are skipped; false if Chromium is installed or required. */
export const skip =
  chromiumPath || process.env.REQUIRE_CHROMIUM ? false : 'no Chromium: apt-get install chromium'

/** Debian's Chromium, headless, closed when the test ends. */
export async function openChromium(t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return browser
}
