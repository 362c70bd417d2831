const OPERATORS = [33, 88, 90, 91, 93, 94, 95, 97, 98, 99]

export const LANDLINE = '+998 71 200-00-00'

/** A mobile number that is probably nobody's. */
export function randomPhone() {
  const [operator, rest] = crypto.getRandomValues(new Uint32Array(2))
  return `+998${OPERATORS[operator % OPERATORS.length]}${String(rest % 10 ** 7).padStart(7, '0')}`
}
