/** The metrics URL that an app logged. */
export function metricsUrl(log: readonly string[]): string {
  const [line] = log.map((text) => JSON.parse(text)).filter(({ event }) => event === 'metrics')
  return line?.url ?? ''
}

/** What Prometheus would read from an app. */
export async function scrape(log: readonly string[]): Promise<string> {
  const reply = await fetch(metricsUrl(log))
  if (!reply.ok) throw new Error(`${reply.status} from ${metricsUrl(log)}`)
  return reply.text()
}

/** The value of the series with these labels, in the order of the text; undefined if there is none. */
export function sample(metrics: string, series: string): number | undefined {
  const line = metrics.split('\n').find((text) => text.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

/** The series in a text: the lines that are not comments. */
export function seriesOf(metrics: string): string[] {
  return metrics.split('\n').filter((line) => line && !line.startsWith('#'))
}
