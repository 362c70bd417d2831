import type { RefusedRow } from '../../db/import/staging.ts'
import { comparableName } from '../../text/name.ts'
import { NAME_MAX } from '../../text/text.ts'
import { createFields, pkOf, Refusal, uuidOf } from './fields.ts'
import { type Mapping, type ModelRow, phoneOf } from './map-row.ts'
import type { ModelName } from './models.ts'

/** The keys of a row that cannot be imported, as far as they are readable; none for a model that is identified by its user. */
export function refusedRow(
  name: ModelName,
  { row, pk, fields }: ModelRow,
  mapping: Mapping
): RefusedRow | undefined {
  const known = { row_nr: row, pk: readable(() => pkOf(pk)), is_refused: true as const }
  const { layout } = mapping
  if (name === 'department') {
    const read = createFields(fields, layout.fields.department)
    const id = uuidOf(read.value('id') ?? pk)
    return {
      ...known,
      id,
      comparable_name: readable(() => comparableName(read.text('name', NAME_MAX) ?? '') || null)
    }
  }
  if (name === 'user') {
    const read = createFields(fields, layout.fields.user)
    const id = uuidOf(read.value('id') ?? pk)
    return { ...known, id, phone: readable(() => phoneOf(read.value('phone'), mapping)) }
  }
  return undefined
}

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return null
  }
}
