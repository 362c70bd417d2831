import { fieldsOf, wordOf } from './client.ts'

/** Of `service` and of `reklama`, which costs more; the other words are for texts that are looked at, or refused. */
const APPROVED: readonly unknown[] = ['service', 'reklama']

/** The texts that none of an account's templates approves, by what GET /api/user/templates answers. */
export function unapproved(texts: readonly string[], answer: Record<string, unknown>): string[] {
  const templates = Array.isArray(answer.result) ? answer.result.map(fieldsOf) : []
  const shapes = new Set(
    templates
      .filter(({ status }) => APPROVED.includes(status))
      .flatMap(({ template, original_text }) => [template, original_text])
      .map((text) => shapeOf(wordOf(text)))
  )
  return texts.filter((text) => !shapes.has(shapeOf(text)))
}

/** A text without what may vary: figures, and a template's places for them (`%w`, `%d{1,3}`, `{code}`). */
function shapeOf(text: string): string {
  return text
    .replace(/(%\w+(\{[^}]*\})?|\{[^}]*\}|\d+)+/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
}
