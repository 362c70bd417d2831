/** The codes of Uzbekistan's numbering plan that are mobile as a whole. */
const MOBILE = /^\+998(20|33|50|70|77|80|87|88|9[0-57-9])$/
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What stands in a label for whatever a stranger could make up: each value is a series that stays in memory. */
export const OTHER = 'other'

/** An operator's prefix, e.g. `+99890`. */
export function prefixLabel(prefix: string): string {
  return MOBILE.test(prefix) ? prefix : OTHER
}

/** A method of HTTP. */
export function methodLabel(method: string): string {
  return METHODS.includes(method) ? method : OTHER
}
