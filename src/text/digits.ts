/** What people and phones put around and between digits: blanks, dashes, invisible marks. */
const BETWEEN = /[\s\u2800\p{Pd}\u2043\u2212\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Cleans a number or a code as people paste it: ASCII digits of any script, nothing between them; the rest stays. */
export function bareDigits(typed: string): string {
  return typed.replace(BETWEEN, '').replace(/(?![0-9])\p{Nd}/gu, toAscii)
}

/** Unicode keeps the ten digits of a set together, 0 first (chapter 4.6), sometimes set after set; NFKC makes mathematical ones ASCII. */
function toAscii(digit: string): string {
  const point = digit.normalize('NFKC').codePointAt(0) ?? 0
  let value = 0
  while (isDigit(point - value - 1)) value++
  return String(value % 10)
}

function isDigit(point: number): boolean {
  return /\p{Nd}/u.test(String.fromCodePoint(point))
}
