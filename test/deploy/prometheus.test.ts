import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { balances, gatewayFailures, messages } from '../../src/telemetry/channels.ts'
import { build, signUp } from '../helper.ts'
import { scrape, seriesOf } from '../scrape.ts'
import { readPromql } from './promql.ts'

interface Rule {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: Record<'summary' | 'description' | 'runbook_url', string>
}

const RULES = 'deploy/prometheus/alerts.yaml'
const rules: Rule[] = parse(readFileSync(RULES, 'utf8')).groups.flatMap(
  ({ rules }: { rules: Rule[] }) => rules
)
const dashboard: { panels: { targets?: { expr: string }[] }[] } = JSON.parse(
  readFileSync('deploy/grafana/citizen-auth.json', 'utf8')
)
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
]
/** Added by Prometheus itself. */
const OWN_METRIC = 'up'
const OWN_LABELS = ['instance', 'job']

/** The metrics that an app exports once everything has happened in it, each with its labels. */
async function exported(t: Parameters<typeof build>[0]): Promise<Map<string, Set<string>>> {
  const built = await build(t, { METRICS_PORT: '0' })
  await signUp(built)
  await built.app.inject('/api/users/me/')
  messages.publish({ gateway: 'test', prefix: '', stage: 'sent', parts: 1, cost: 1 })
  gatewayFailures.publish({ gateway: 'test', kind: 'auth' })
  balances.publish({ gateway: 'test', balance: 1 })
  const metrics = new Map<string, Set<string>>()
  const text = await scrape(built.log)
  for (const [, name = ''] of text.matchAll(/^# TYPE (\w+) (?!histogram|summary)/gm))
    metrics.set(name, new Set())
  for (const line of seriesOf(text)) {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
    const known = metrics.get(name) ?? new Set()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    metrics.set(name, known)
  }
  return metrics
}

t.test('alerts and dashboard use only metrics and labels that the service exports', async (t) => {
  const metrics = await exported(t)
  // Exported only after a garbage collection of each kind.
  metrics.set('nodejs_gc_duration_seconds_sum', new Set(['kind']))
  t.ok(expressions.length > 40)
  const labelsOf = (metric: string) => (metric === OWN_METRIC ? new Set<string>() : metrics.get(metric))
  for (const expression of expressions) {
    const { selected, grouped } = readPromql(expression)
    for (const { metric, labels } of selected) {
      t.ok(labelsOf(metric), metric)
      for (const label of labels)
        t.ok(labelsOf(metric)?.has(label) || OWN_LABELS.includes(label), `${label} of ${metric}`)
    }
    for (const label of grouped) {
      const isThere = selected.some(({ metric }) => labelsOf(metric)?.has(label))
      t.ok(isThere || OWN_LABELS.includes(label), `${label} in ${expression}`)
    }
  }
})

t.test('PromQL is read for metrics, labels and groupings', async (t) => {
  t.strictSame(readPromql('sum by (a) (rate(one{b="x"}[5m])) / two{c=~"y"}'), {
    selected: [
      { metric: 'one', labels: ['b'] },
      { metric: 'two', labels: ['c'] }
    ],
    grouped: ['a']
  })
  t.throws(() => readPromql('sum(('))
})

t.test(
  'each alert has a severity and a section in docs/operations.md, and each section an alert',
  async (t) => {
    const headings = readFileSync('docs/operations.md', 'utf8').match(/^### .*/gm) ?? []
    const anchors = headings.map((heading) => heading.slice(4).toLowerCase())
    for (const { alert, labels, annotations } of rules) {
      t.match(labels.severity, /^(critical|warning)$/, alert)
      t.ok(annotations.summary && annotations.description, alert)
      t.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
      t.ok(anchors.includes(alert.toLowerCase()), `a heading ${alert}`)
    }
    const alerts = rules.map(({ alert }) => alert.toLowerCase())
    for (const anchor of anchors.filter((name) => name.startsWith('citizenauth')))
      t.ok(alerts.includes(anchor), `an alert ${anchor}`)
  }
)

t.test('each of our metrics is on the dashboard or in an alert', async (t) => {
  const shown = expressions.flatMap((expression) =>
    readPromql(expression).selected.map(({ metric }) => metric)
  )
  const metrics = [...(await exported(t)).keys()].filter((name) => name.startsWith('citizen_auth_'))
  for (const name of metrics.filter((name) => !/_duration_seconds_(sum|count)$/.test(name)))
    t.ok(shown.includes(name), name)
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (process.env.REQUIRE_PROMTOOL) t.ok(hasPromtool, 'promtool is required and installed')

if (hasPromtool)
  t.test('promtool accepts the rules and the settings, and the alerts fire as expected', async (t) => {
    const promtool = (...argv: string[]) => {
      const { status, stdout, stderr } = spawnSync('promtool', argv, { encoding: 'utf8' })
      t.equal(status, 0, `${argv.join(' ')}: ${stdout}${stderr}`)
    }
    promtool('check', 'rules', RULES)
    promtool('check', 'config', 'deploy/prometheus/prometheus.yaml')
    promtool('test', 'rules', 'test/deploy/alerts.yaml')
  })
