import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import type { Kept, Store } from '../examples/citizen-app/citizen.ts'
import { chromiumPath } from '../test/browser/chromium.ts'
import { freePort } from './find-redis.ts'
import type { Undo } from './undo.ts'

// Measures what a newcomer's first hour with the project takes: clones this revision into an empty folder, runs the README's
// commands there, signs in on the page in a real browser, makes the typed client, and runs both examples with it.
const START_MS = 120_000
const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-first-hour-'))
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const began = performance.now()
const undo: Undo = [() => rmSync(folder, { recursive: true, force: true })]
try {
  await step('cloned', () => run('git', ['clone', '--quiet', process.cwd(), folder], '.'))
  await step('installed (npm ci)', () => run('npm', ['ci', '--no-audit', '--no-fund']))
  await step('served (npm run dev)', serve)
  await step('signed in on the page', signInOnThePage)
  await step('client written (npm run client)', () => run('npm', ['run', '--silent', 'client']))
  await step('client compiled', () => run('npx', ['tsc', '--project', 'examples']))
  await step('citizen app signed in, refreshed and signed out', runCitizenApp)
  await step('dashboard signed in', runDashboard)
} finally {
  for (const one of undo.reverse()) await one()
}

/** Does a step and prints when it was done, in seconds since the beginning. */
async function step(name: string, work: () => unknown): Promise<void> {
  await work()
  const seconds = (performance.now() - began) / 1_000
  process.stdout.write(`${seconds.toFixed(1).padStart(7)} s  ${name}\n`)
}

function run(program: string, argv: string[], cwd = folder): void {
  execFileSync(program, argv, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function serve(): Promise<void> {
  const env = { ...process.env, PORT: `${port}` }
  // Its own process group, so that everything it starts ends with it.
  const dev = spawn('npm', ['run', 'dev'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true
  })
  undo.push(async () => {
    if (dev.exitCode !== null || dev.pid === undefined) return
    process.kill(-dev.pid, 'SIGINT')
    await once(dev, 'exit')
  })
  const latest = Date.now() + START_MS
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (dev.exitCode !== null || Date.now() > latest) throw new Error('npm run dev does not serve.')
    await wait(50)
  }
}

async function signInOnThePage(): Promise<void> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ locale: 'en' })
    await page.goto(url)
    await page.getByRole('button', { name: 'Send the code', exact: true }).first().click()
    await page
      .getByRole('button', { name: /From Messages/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Sign in', exact: true }).first().click()
    await page.locator('#guard-facts').getByText('known device').waitFor()
  } finally {
    await browser.close()
  }
}

async function runCitizenApp(): Promise<void> {
  const { createCitizen }: typeof import('../examples/citizen-app/citizen.ts') = await import(
    `${folder}/examples/citizen-app/citizen.ts`
  )
  let kept: Kept = {}
  const store: Store = {
    read: async () => kept,
    write: async (next) => {
      kept = next
    },
    alone: (task) => task()
  }
  const citizen = createCitizen({ baseUrl: url, store, onSignedOut: () => {} })
  const phone = '+998901112233'
  await citizen.askForCode(phone)
  const inbox = await fetch(`${url}/dev/inbox.json?phone_number=${encodeURIComponent(phone)}`)
  const [, code = ''] = /"text":"[^"]*?(\d{4,8})/.exec(await inbox.text()) ?? []
  await citizen.signIn(phone, code)
  const { tokens } = kept
  if (!tokens) throw new Error('The citizen app did not sign in.')
  const headers = { authorization: `Bearer ${tokens.access}` }
  const minted = await fetch(`${url}/dev/expired-token`, { method: 'POST', headers })
  const { access } = JSON.parse(await minted.text())
  kept = { ...kept, tokens: { ...tokens, access } }
  const { data: me } = await citizen.api.GET('/api/users/me/')
  if (me?.phone_number !== phone || kept.tokens?.refresh === tokens.refresh)
    throw new Error('The citizen app did not refresh.')
  await citizen.signOut()
}

async function runDashboard(): Promise<void> {
  const { createDashboard }: typeof import('../examples/dashboard/dashboard.ts') = await import(
    `${folder}/examples/dashboard/dashboard.ts`
  )
  const { demoStaff } = JSON.parse(readFileSync(`${folder}/.data/dev.json`, 'utf8'))
  const kept = new Map<string, string>()
  const keeper = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name)
  }
  const dashboard = createDashboard({ baseUrl: url, keeper, onSignedOut: () => {} })
  const { outcome } = await dashboard.signIn(demoStaff.phone, demoStaff.password)
  const { data: me } = await dashboard.api.GET('/api/users/me/')
  if (me?.role !== 'staff') throw new Error(`The dashboard did not sign in: ${outcome}.`)
}
