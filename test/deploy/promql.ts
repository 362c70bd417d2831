import { parser } from '@prometheus-io/lezer-promql'

export interface Selected {
  metric: string
  labels: string[]
}

/** The metrics that a PromQL expression selects, each with the labels it names, and the labels it groups by. */
export function readPromql(expression: string): { selected: Selected[]; grouped: string[] } {
  const text = expression.replaceAll('$__rate_interval', '5m')
  const selected: Selected[] = []
  const grouped: string[] = []
  parser.parse(text).iterate({
    enter({ name, from, to, node }) {
      const here = text.slice(from, to)
      if (node.type.isError) throw new SyntaxError(`no PromQL at ${from}: ${text}`)
      if (name === 'VectorSelector') selected.push({ metric: '', labels: [] })
      if (name === 'Identifier') Object.assign(selected.at(-1) ?? {}, { metric: here })
      if (name === 'LabelName')
        (node.parent?.type.name === 'GroupingLabels' ? grouped : selected.at(-1)?.labels)?.push(here)
    }
  })
  return { selected, grouped }
}
