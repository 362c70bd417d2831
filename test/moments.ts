/** When something happened (ms): a test knows only that it was between two moments, not the one that Redis has noted. */
export interface Span {
  from: number
  until: number
}

export const HOUR = 3_600
export const DAY = 86_400

/** Those that may be younger than so many seconds when something else happens. */
export function maybeWithin<T extends Span>(seconds: number, spans: T[], at: Span): T[] {
  return spans.filter(({ until }) => at.from - until < seconds * 1_000)
}

/** Those that surely are. */
export function surelyWithin<T extends Span>(seconds: number, spans: T[], at: Span): T[] {
  return spans.filter(({ from }) => at.until - from < seconds * 1_000)
}

/** How many surely came within so many seconds, at the worst time. The spans are in their order. */
export function mostWithin(seconds: number, spans: Span[]): number {
  return Math.max(0, ...spans.map((last, i) => surelyWithin(seconds, spans.slice(0, i + 1), last).length))
}
