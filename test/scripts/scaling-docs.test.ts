import { readFileSync } from 'node:fs'
import t from 'tap'

const page = readFileSync('docs/scaling.md', 'utf8')
const SIGN_INS_A_DAY = (5 * 35_000_000) / 30
const PEAK = 650
/** The cells of the first row that begins so, from a heading on. */
const row = (name: string, heading = '# ') =>
  page
    .slice(page.indexOf(heading))
    .split('\n')
    .find((line) => line.startsWith(`| ${name} |`))
    ?.split('|')
    .map((cell) => cell.trim())
    .slice(1, -1) ?? []
/** The figures of a cell: 10 k, 1 M, 10 M. */
const figures = (name: string, column: number) => (row(name)[column] ?? '').split(', ').map(Number)
/** What a sign-in costs with its four refreshes, their first uses and its calls to `me`, at a size of the growth table. */
const signIn = (column: number, size: number, calls: number) =>
  [
    ['sign-in, known', 1],
    ['refresh', 4],
    ['first use of a pair', 4],
    ['me', calls]
  ].reduce(
    (sum, [name, times]) => sum + Number(times) * (figures(String(name), column)[size] ?? Number.NaN),
    0
  )
const CPU = 5
const WAL = 7

t.test('docs/scaling.md draws its conclusions from its own tables', async (t) => {
  const [small, large] = [0, 2].map((size) => signIn(WAL, size, 0)) as [number, number]
  const range = (from: number, to: number) => `${Number(from.toPrecision(2))} to ${Number(to.toPrecision(2))}`
  t.match(page, `wrote ${(small / 1_000).toFixed(1)} kB with ten thousand users`)
  t.match(page, `${(large / 1_000).toFixed(1)} kB with ten million`)
  t.match(page, `15 to ${((large * SIGN_INS_A_DAY) / 1e9).toFixed(0)} GB a day`)
  t.match(page, `${range((small * PEAK) / 1e6, (large * PEAK) / 1e6)} MB a second at the peak`)

  const call = (name: string) => Number.parseFloat(row(name, '## Calls')[4] ?? '')
  const dear = call('send-otp') + call('verify-otp, known user') + 4 * call('refresh') + 10 * call('me')
  const cheap = signIn(CPU, 2, 10)
  t.match(page, `costs ${dear.toFixed(1)} ms of CPU by the table of calls, and ${cheap.toFixed(1)} ms`)
  t.match(
    page,
    `${((dear * PEAK) / 1e3).toFixed(1)} or ${((cheap * PEAK) / 1e3).toFixed(1)} cores at the peak`
  )
  const most = Math.floor(((32 * 0.6) / dear) * 10) * 100
  t.match(page, `**${most.toLocaleString('en').replace(',', ' ')} sign-ins a second**`)
  t.match(page, `are ${((large * most) / 1e6).toFixed(0)} MB/s`)
})

t.test('docs/scaling.md adds up what Redis holds for a person', async (t) => {
  const rows = page
    .split('\n')
    .filter((line) => /^\| (`|of `service)/.test(line) && line.split('|').length === 8)
    .map((line) => line.split('|').slice(2, 5))
  const sums = [0, 1, 2].map((column) =>
    rows.reduce(
      (sum, cells) => sum + (cells[column]?.match(/\d+/g) ?? []).reduce((a, b) => a + Number(b), 0),
      0
    )
  )
  t.strictSame(
    sums,
    (page.match(/\*\*keys and bytes\*\*.*/)?.[0].match(/, (\d+)\*\*/g) ?? [])
      .slice(0, 3)
      .map((cell) => Number(cell.slice(2, -2)))
  )
})

t.test(
  'the budget of SMS in the manifests is that of docs/scaling.md, and lasts the busiest day unalarmed',
  async (t) => {
    const manifest = readFileSync('deploy/kubernetes/configmap.yaml', 'utf8')
    const value = (name: string) => row(`\`${name}\``)[1]?.replaceAll(' ', '') ?? ''
    for (const name of ['SMS_PER_HOUR', 'SMS_PER_DAY', 'OTP_LENGTH'])
      t.match(manifest, `# ${name}: '${value(name)}'`)
    t.ok(Number(value('SMS_PER_HOUR')) * 0.8 > PEAK * 3_600 * 1.1)
    t.ok(Number(value('SMS_PER_DAY')) * 0.8 > 4 * SIGN_INS_A_DAY * 1.1)
  }
)
