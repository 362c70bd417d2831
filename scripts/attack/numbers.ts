/** Prefixes of the mobile operators in Uzbekistan. */
export const PREFIXES = ['90', '91', '93', '94', '95', '97', '98', '99', '88', '33', '77', '50']

/** The n-th number of a prefix. */
export const phoneOf = (prefix: string, name: number) => `+998${prefix}${String(name).padStart(7, '0')}`

/** The n-th number, with the operators in turn. */
export const anyPhone = (name: number) =>
  phoneOf(PREFIXES[name % PREFIXES.length] ?? '', 1_000_000 + Math.floor(name / PREFIXES.length))
