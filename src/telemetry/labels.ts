/** The codes of Uzbekistan's numbering plan whose numbers are all mobile. */
const MOBILE = /^\+998(20|33|50|70|77|80|87|88|9[0-57-9])$/
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Replaces label values that a stranger could make up: each distinct value is a time series that stays in memory. */
export const OTHER = 'other'

/** The label of an operator's prefix, e.g. `+99890`. */
export function prefixLabel(prefix: string): string {
  return MOBILE.test(prefix) ? prefix : OTHER
}

/** The label of an HTTP method. */
export function methodLabel(method: string): string {
  return METHODS.includes(method) ? method : OTHER
}
