import type { FastifySchemaValidationError } from 'fastify/types/schema.js'
import { type Fault, faultPhrase } from '../text/fault.ts'
import { fill } from '../text/fill.ts'
import type { Language } from '../text/language.ts'
import { phrases } from '../text/messages.ts'

/** Says in a sentence which field is wrong and how. Never quotes the value: it may be a code or a password. */
export function validationSentence(
  errors: readonly FastifySchemaValidationError[],
  language: Language
): string {
  const { body, fault } = phrases[language]
  const [first] = errors
  const field = first?.instancePath.slice(1).replaceAll('/', '.') || body
  return fill(fault, {
    field,
    fault: first ? complaint(first, language) : faultPhrase(language, { rule: 'wrongForm' })
  })
}

function complaint(error: FastifySchemaValidationError, language: Language): string {
  const fault = faultOf(error, phrases[language].or)
  // In English, the validator has a message of its own.
  if (fault.rule === 'wrongForm' && language === 'en' && error.message) return error.message
  return faultPhrase(language, fault)
}

function faultOf({ keyword, params }: FastifySchemaValidationError, or: string): Fault {
  switch (keyword) {
    case 'required':
      return { rule: keyword, missing: String(params.missingProperty) }
    case 'type':
      return { rule: keyword, types: String(params.type).replace(',', ` ${or} `) }
    case 'minLength':
      return params.limit === 1 ? { rule: 'empty' } : { rule: keyword, limit: Number(params.limit) }
    case 'maxLength':
      return { rule: keyword, limit: Number(params.limit) }
    case 'unseen':
      return { rule: keyword, point: String(params.point) }
    case 'empty':
    case 'pattern':
    case 'blank':
    case 'loneMark':
      return { rule: keyword }
    default:
      return { rule: 'wrongForm' }
  }
}
