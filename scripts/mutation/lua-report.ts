import type { Judged } from './lua.ts'

/** Lists as `file:line  original -> mutant` what no test noticed, then each script's figures; the score is in percent. */
export function luaReport(judged: Judged[]): { text: string; score: number } {
  const survivors = judged
    .filter(({ outcome }) => outcome === 'survived')
    .map(
      ({ script, line, original, mutated }) => `${script}:${line}  ${original} -> ${mutated || '(deleted)'}`
    )
  const scripts = [...new Set(judged.map(({ script }) => script))]
  const lines = scripts.map(
    (name) =>
      figures(
        name,
        judged.filter(({ script }) => script === name)
      ).text
  )
  const all = figures('all scripts', judged)
  return { text: [...survivors, '', ...lines, all.text, ''].join('\n'), score: all.score }
}

function figures(name: string, judged: Judged[]): { text: string; score: number } {
  const counts = { killed: 0, timeout: 0, survived: 0, invalid: 0 }
  for (const { outcome } of judged) counts[outcome]++
  const { killed, timeout, survived, invalid } = counts
  const score = (100 * (killed + timeout)) / Math.max(1, killed + timeout + survived)
  const text = `${name}: ${score.toFixed(1)} %, ${killed} killed, ${timeout} timed out, ${survived} survived`
  return { text: invalid ? `${text}, ${invalid} do not compile` : text, score }
}
