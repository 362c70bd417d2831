import { fieldsOf, wordOf } from './client.ts'

/** Approved as `service`, or as `reklama`, which costs more; other statuses mean under review or refused. */
const APPROVED: readonly unknown[] = ['service', 'reklama']

/** Returns the texts that no template of the account approves, given the answer of GET /api/user/templates. */
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

/** A text without its variable parts: digits, and a template's placeholders for them (`%w`, `%d{1,3}`, `{code}`). */
function shapeOf(text: string): string {
  return text
    .replace(/(%\w+(\{[^}]*\})?|\{[^}]*\}|\d+)+/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
}
