import type { Outcome } from '../../db/import/outcome.ts'
import { maskPhone } from '../../phone.ts'
import { bareDigits } from '../../text/digits.ts'
import { type ModelName, modelNames } from './models.ts'

/** Length of an Uzbek number in E.164; a shorter one lacks its country code. */
const FULL_LENGTH = 13

type Tally = Record<'read' | 'imported' | 'completed' | 'unchanged' | 'refused', number>

/** Messages about rows that were not imported, or not exactly as they stood. */
const reasons = {
  twin: (other: number) => `it has the same number, name or pk as row ${other}: none of them is imported`,
  taken: (other: number) => `its number belongs here to the user of row ${other}`,
  second: (other: number) => `row ${other} is for the same user already`,
  'switched off': () => 'its user is switched off in Django but not here, and is not made staff',
  somebody: () =>
    'an account with its number was here before and would become staff; make sure that it is the same person, then use --take-over',
  'no user': () => 'its user is not in the file, was refused, or is gone here',
  'no department': () => 'its department is not in the file, was refused, or is gone here'
}
const notes = {
  'active here': 'switched off in Django but not here; stays active, and is not made staff',
  'another id': 'it has another id here; left as it is',
  'becomes staff':
    'this account was here before and now becomes staff with the password; make sure that it is the same person',
  elsewhere: 'staff of another department here; left as it is'
}

export type Report = ReturnType<typeof createReport>

/** Counts what became of the rows, and reports each one that needs a person's attention. Shows no number, name or hash. */
export function createReport(say: (line: string) => void) {
  const tallies = Object.fromEntries(modelNames.map((name) => [name, emptyTally()])) as Record<
    ModelName,
    Tally
  >
  let passwords = 0
  let others = 0
  const tell = (name: ModelName, row: number, pk: unknown, text: string) => {
    say(`row ${row}, ${name}${showPk(pk)}: ${text}`)
  }

  return {
    tallies,
    /** Counts a row that was read; `name` is undefined when its model is not imported. */
    read(name: ModelName | undefined) {
      if (name) tallies[name].read++
      else others++
    },
    refuse(name: ModelName, row: number, pk: unknown, reason: string) {
      tallies[name].refused++
      tell(name, row, pk, `refused: ${reason}`)
    },
    settle(name: ModelName, settled: Outcome) {
      const { row_nr: row, pk, outcome, other, notes: worthKnowing, password_problem: problem } = settled
      if (problem) {
        passwords++
        tell(name, row, pk, `password refused: ${problem}`)
      }
      for (const note of worthKnowing) tell(name, row, pk, `note: ${notes[note]}`)
      if (outcome === 'imported' || outcome === 'completed' || outcome === 'unchanged')
        tallies[name][outcome]++
      else this.refuse(name, row, pk, reasons[outcome](other ?? 0))
    },
    imported: () => modelNames.reduce((sum, name) => sum + tallies[name].imported, 0),
    refused: () => ({ rows: modelNames.reduce((sum, name) => sum + tallies[name].refused, 0), passwords }),
    table: () => [
      ['', ...Object.keys(emptyTally())],
      ...modelNames.map((name) => [name, ...Object.values(tallies[name])]),
      ['rows of other models', others],
      ['passwords refused', passwords]
    ]
  }
}

function emptyTally(): Tally {
  return { read: 0, imported: 0, completed: 0, unchanged: 0, refused: 0 }
}

/** Masks a pk that is a phone number, as some projects use the number as the primary key. */
function showPk(pk: unknown): string {
  if (typeof pk !== 'string' && typeof pk !== 'number') return ''
  const text = String(pk)
    .replace(/\p{Cc}/gu, '')
    .slice(0, 40)
  const digits = bareDigits(text).replace(/^tel:|[^\p{L}\d+]/giu, '')
  return ` ${/^\+?\d{9,}$/.test(digits) ? maskPhone(digits.padStart(FULL_LENGTH, '*')) : text}`
}
