/** When something happened (ms): a test knows only two moments around it, not the one that Redis recorded. */
export interface Span {
  from: number
  until: number
}

export const HOUR = 3_600
export const DAY = 86_400

/** The spans that may be less than this many seconds old at `at`. */
export function maybeWithin<T extends Span>(seconds: number, spans: T[], at: Span): T[] {
  return spans.filter(({ until }) => at.from - until < seconds * 1_000)
}

/** The spans that certainly are. */
export function surelyWithin<T extends Span>(seconds: number, spans: T[], at: Span): T[] {
  return spans.filter(({ from }) => at.until - from < seconds * 1_000)
}

/** The most spans that certainly fall within any window of this many seconds. The spans are in order. */
export function mostWithin(seconds: number, spans: Span[]): number {
  return Math.max(0, ...spans.map((last, i) => surelyWithin(seconds, spans.slice(0, i + 1), last).length))
}
