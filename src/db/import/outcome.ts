/** A stretch of the file: the rows after `after`, up to and including `upTo`. */
export interface Stretch {
  after: number
  upTo: number
  /** Decide, but write nothing. */
  dryRun: boolean
  /** Trust that accounts from before the import are the same people: complete them, and make them staff. */
  takeOver: boolean
}

type Entered = 'imported' | 'completed' | 'unchanged'
type Refused = 'twin' | 'taken' | 'second' | 'switched off' | 'somebody' | 'no user' | 'no department'

/** What became of a row. */
export type Outcome = {
  row_nr: number
  pk: string | null
  outcome: Entered | Refused
  /** The row it collides with. */
  other: number | null
  /** Remarks on a row that was not refused. */
  notes: ('active here' | 'another id' | 'elsewhere' | 'becomes staff')[]
  /** Why the password could not be imported. */
  password_problem?: string | null
}
