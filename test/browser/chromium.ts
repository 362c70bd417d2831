import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'

/** Where Chromium is, if it is. */
export const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path)
)

/** Why a test in a browser is skipped; false where there is one, and where one must be. */
export const skip =
  chromiumPath || process.env.REQUIRE_CHROMIUM ? false : 'no Chromium: apt-get install chromium'

/** Debian's Chromium without a window, closed when the test ends. */
export async function openChromium(t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return browser
}
