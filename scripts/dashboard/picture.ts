import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Panel } from './panels.ts'

const WIDTH = 1_240
const ROW_PX = 30
const MARGIN_PX = 8

/** Draws panels in Grafana's layout into a PNG, with uPlot in Debian's Chromium. */
export async function picture(panels: Panel[], to: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-picture-'))
  const page = join(folder, 'page.html')
  writeFileSync(page, html(panels))
  mkdirSync(dirname(to), { recursive: true })
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * ROW_PX + 2 * MARGIN_PX
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--virtual-time-budget=5000',
    '--force-device-scale-factor=0.85'
  ]
  const shot = [`--screenshot=${to}`, `--window-size=${WIDTH},${height}`, `--user-data-dir=${folder}/profile`]
  execFileSync('chromium', [...options, ...shot, pathToFileURL(page).href], {
    stdio: 'ignore',
    timeout: 300_000
  })
  rmSync(folder, { recursive: true })
  process.stdout.write(`${to}\n`)
}

function html(panels: Panel[]): string {
  const dist = dirname(createRequire(import.meta.url).resolve('uplot'))
  const asset = (name: string) => readFileSync(join(dist, name), 'utf8')
  const draw = readFileSync(new URL('draw.js', import.meta.url), 'utf8')
  const style = readFileSync(new URL('picture.css', import.meta.url), 'utf8')
  const told = JSON.stringify({ panels, unit: { width: WIDTH / 24, height: ROW_PX }, margin: MARGIN_PX })
  return `<!doctype html><meta charset="utf-8"><style>${asset('uPlot.min.css')}${style}</style><body>
<script>${asset('uPlot.iife.min.js')}</script><script>const told = ${told.replaceAll('<', '\\u003c')}</script>
<script>${draw}</script>`
}
