import type { FastifySchemaValidationError } from 'fastify/types/schema.js'

/** Says in a sentence which field is wrong and how. Never quotes the value: it may be a code or a password. */
export function validationSentence(errors: readonly FastifySchemaValidationError[]): string {
  const [first] = errors
  if (!first) return 'The request has the wrong form.'
  const field = first.instancePath.slice(1).replaceAll('/', '.') || 'The body'
  return `${field} ${complaint(first)}.`
}

function complaint({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case 'required':
      return `must have the field ${params.missingProperty}`
    case 'type':
      return `must be a JSON ${String(params.type).replace(',', ' or ')}`
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`
    case 'maxLength':
      return `must have at most ${params.limit} characters`
    case 'pattern':
      return 'contains characters that are not allowed there'
    default:
      return message ?? 'has the wrong form'
  }
}
