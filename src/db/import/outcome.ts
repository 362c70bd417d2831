/** A stretch of the file: the rows after one up to another. */
export interface Stretch {
  after: number
  upTo: number
  /** Decide, but write nothing. */
  dryRun: boolean
  /** Give accounts that were here before what makes them staff. */
  takeOver: boolean
}

type Entered = 'imported' | 'completed' | 'unchanged'
type Refused = 'twin' | 'taken' | 'second' | 'switched off' | 'somebody' | 'no user' | 'no department'

/** What becomes of a row. */
export type Outcome = {
  row_nr: number
  pk: string | null
  outcome: Entered | Refused
  /** The row it collides with. */
  other: number | null
  /** What is worth knowing about a row that went in. */
  notes: ('active here' | 'another id' | 'elsewhere' | 'becomes staff')[]
  /** Why the password could not come along. */
  password_problem?: string | null
}
