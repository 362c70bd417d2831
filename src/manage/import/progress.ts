import { clearLine, cursorTo } from 'node:readline'
import type { Writable } from 'node:stream'

const ON_TERMINAL_MS = 200
const IN_LOG_MS = 10_000

export type Progress = ReturnType<typeof createProgress>

/** Shows progress: a line that rewrites itself on a terminal, otherwise a line every ten seconds. */
export function createProgress(stream: Writable & { isTTY?: boolean }) {
  const everyMs = stream.isTTY ? ON_TERMINAL_MS : IN_LOG_MS
  let shownAt = Date.now()

  return {
    show(phase: string, done: number, total: number | undefined) {
      if (Date.now() - shownAt < everyMs) return
      shownAt = Date.now()
      wipe()
      const share = total ? ` ${Math.min(100, Math.floor((done / total) * 100))} %` : ''
      stream.write(`${phase}${share}${stream.isTTY ? '' : '\n'}`)
    },
    /** Prints a line of its own above the progress line. */
    say(line: string) {
      wipe()
      stream.write(`${line}\n`)
    },
    wipe
  }

  function wipe(): void {
    if (!stream.isTTY) return
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
}
