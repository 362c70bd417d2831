/** A stretch of the file: the rows after one up to another. */
export interface Stretch {
  after: number
  upTo: number
  /** Decide, but write nothing. */
  dryRun: boolean
}

/** What becomes of a row. */
export type Outcome = {
  row_nr: number
  pk: string | null
  outcome: 'imported' | 'completed' | 'unchanged' | 'twin' | 'taken' | 'second' | 'no user' | 'no department'
  /** The row it collides with. */
  other: number | null
  /** What is worth knowing about a row that went in. */
  note: 'active here' | 'another id' | 'elsewhere' | null
}
