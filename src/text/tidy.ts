import { bareDigits } from './digits.ts'
import { type Fault, faultPhrase } from './fault.ts'
import { textFault, tidyText } from './text.ts'

type Tidying = 'text' | 'digits'
type Complaint = { keyword: string; params: Fault; message: string }

/**
 * The schema keyword for strings as people type them: `tidy: 'text'` for names and places, `tidy: 'digits'` for codes. The
 * handler gets the tidied string, and the other keywords measure it.
 */
export const tidyKeyword = {
  keyword: 'tidy',
  type: 'string' as const,
  schemaType: 'string' as const,
  before: 'maxLength',
  modifying: true,
  validate
}

function validate(
  tidying: Tidying,
  typed: string,
  schema: { [keyword: string]: unknown; maxLength?: number } = {},
  place?: { parentData: Record<string, unknown>; parentDataProperty: string | number }
): boolean {
  const tidied = tidying === 'digits' ? bareDigits(typed) : tidyText(typed)
  if (place) place.parentData[place.parentDataProperty] = tidied
  if (tidying === 'digits') return true
  const fault = textFault(tidied, schema.maxLength ?? Number.POSITIVE_INFINITY)
  if (fault) validate.errors = [{ keyword: fault.rule, params: fault, message: faultPhrase('en', fault) }]
  return !fault
}
validate.errors = [] as Complaint[]
