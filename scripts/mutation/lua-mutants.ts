/** A Lua script with one thing changed. */
export interface LuaMutant {
  line: number
  /** The line before and after the change. */
  original: string
  mutated: string
  source: string
}

const SWAPPED: Record<string, string> = {
  ...{ '>': '>=', '>=': '>', '<': '<=', '<=': '<', '==': '~=', '~=': '==', and: 'or', or: 'and' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '^': '*', true: 'false', false: 'true' },
  ...{ 'math.max': 'math.min', 'math.min': 'math.max', 'math.floor': 'math.ceil', 'math.ceil': 'math.floor' }
}
const swap = (found: string) => SWAPPED[found] ?? found

const MUTATORS: [RegExp, (found: string) => string][] = [
  [/(?<= )([<>]=?|[=~]=|[+\-*/^])(?= )/g, swap],
  [/\b(and|or|true|false|math\.(max|min|floor|ceil))\b/g, swap],
  [/\bnot /g, () => ''],
  [/(?<=\bif ).+?(?= then\b)/g, () => 'false'],
  [/(?<=\breturn )[01]\b/g, (found) => (found === '1' ? '0' : '1')],
  // Not the numbers that select a key or an argument: the first wrong one breaks everything.
  [/(?<![\w.[]|\breturn )\d+(\.\d+)?/g, (found) => String(Number(found) + 1)]
]
/** A call whose result is not used. */
const STATEMENT = /(?<=^[ \t]*|\b(?:then|do|else) )[\w.]+\(/gm

/** All mutants of a script, in order of position. */
export function luaMutants(source: string): LuaMutant[] {
  const code = withoutText(source)
  const changes = MUTATORS.flatMap(([pattern, change]) =>
    [...code.matchAll(pattern)].map(({ 0: found, index }) => ({
      ...{ index, length: found.length, replacement: change(found) }
    }))
  )
  for (const { index } of code.matchAll(STATEMENT)) {
    changes.push({ index, length: callLength(code, index), replacement: '' })
  }
  return changes.sort((a, b) => a.index - b.index).map((change) => mutant(source, change))
}

function mutant(source: string, change: { index: number; length: number; replacement: string }): LuaMutant {
  const { index, length, replacement } = change
  const mutated = source.slice(0, index) + replacement + source.slice(index + length)
  const line = source.slice(0, index).split('\n').length
  const lineOf = (text: string) => text.split('\n')[line - 1]?.trim() ?? ''
  return { line, original: lineOf(source), mutated: lineOf(mutated), source: mutated }
}

/** Blanks comments and strings, so that everything else keeps its position. */
function withoutText(source: string): string {
  return source.replace(/--.*|'[^'\n]*'|"[^"\n]*"/g, (text) => ' '.repeat(text.length))
}

/** The length of a call, from its first character to its closing parenthesis. */
function callLength(code: string, start: number): number {
  let depth = 0
  let end = code.indexOf('(', start)
  do {
    if (code[end] === '(') depth++
    if (code[end] === ')') depth--
    end++
  } while (depth > 0 && end < code.length)
  return end - start
}
