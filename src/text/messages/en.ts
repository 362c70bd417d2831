import type { Phrases } from './uz.ts'

/** English. Its sentences for errors are in src/errors.ts, beside their codes. */
export const en: Phrases = {
  nothingToChange: 'Send at least one of full_name, neighborhood and location.',
  nothingToEnd: 'Send the refresh token, or an access token in the header Authorization.',
  body: 'The body',
  fault: '{field} {fault}.',
  required: 'must have the field {missing}',
  type: 'must be a JSON {types}',
  or: 'or',
  empty: 'must not be empty',
  minLength: 'must have at least {limit} characters',
  maxLength: 'must have at most {limit} characters',
  pattern: 'contains characters that are not allowed there',
  unseen: 'must not have characters that cannot be seen or turn the text around ({point})',
  blank: 'must have a letter or digit that can be seen',
  loneMark: 'must not start with a mark that belongs on a letter',
  wrongForm: 'has the wrong form'
}
