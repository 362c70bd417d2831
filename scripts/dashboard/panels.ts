import { readFileSync } from 'node:fs'

/** Readings of a series; null where there was none. */
export interface Series {
  name: string
  values: (number | null)[]
}

export interface Panel {
  type: 'row' | 'stat' | 'timeseries'
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  unit: string
  isStacked: boolean
  max: number | undefined
  steps: { color: string; value: number | null }[]
  /** Seconds since 1970. */
  times: number[]
  series: Series[]
}

interface GrafanaPanel {
  type: Panel['type']
  title: string
  gridPos: Panel['gridPos']
  fieldConfig?: {
    defaults: {
      unit?: string
      max?: number
      custom?: { stacking?: object }
      thresholds?: { steps: Panel['steps'] }
    }
  }
  targets?: { expr: string; legendFormat: string }[]
}

const POINTS = 180

/** Reads the panels of a dashboard, with what a Prometheus knows of the last `seconds`. */
export async function readPanels(file: string, prometheus: string, seconds: number): Promise<Panel[]> {
  const { panels }: { panels: GrafanaPanel[] } = JSON.parse(readFileSync(file, 'utf8'))
  const end = Math.floor(Date.now() / 1_000)
  const step = Math.ceil(seconds / POINTS)
  const start = end - seconds
  const times = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, place) => start + place * step)
  return Promise.all(
    panels.map(async ({ type, title, gridPos, fieldConfig, targets = [] }) => {
      const { unit = 'short', max, custom, thresholds } = fieldConfig?.defaults ?? {}
      const read = await Promise.all(targets.map(({ expr, legendFormat }) => ask(expr, legendFormat)))
      return {
        ...{ type, title, gridPos, unit, max, times, series: read.flat() },
        ...{ isStacked: custom?.stacking !== undefined, steps: thresholds?.steps ?? [] }
      }
    })
  )

  async function ask(expr: string, legend: string): Promise<Series[]> {
    const query = expr.replaceAll('$__rate_interval', '20s').replaceAll('$instance', '.*')
    const body = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${step}` })
    const reply = await fetch(`${prometheus}/api/v1/query_range`, { method: 'POST', body })
    const { data, error } = (await reply.json()) as Answer
    if (!data) throw new Error(`Prometheus does not take ${query}: ${error}`)
    return data.result.map(({ metric, values }) => {
      const known = new Map(values.map(([time, value]) => [time, Number(value)]))
      const valueAt = (time: number) => {
        const value = known.get(time)
        return value === undefined || !Number.isFinite(value) ? null : value
      }
      const name = legend.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '')
      return { name, values: times.map(valueAt) }
    })
  }
}

interface Answer {
  data?: { result: { metric: Record<string, string>; values: [time: number, value: string][] }[] }
  error?: string
}
