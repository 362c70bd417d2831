import { fill } from './fill.ts'
import type { Language } from './language.ts'
import { phrases } from './messages.ts'

/** What is wrong with a field, with the figures that the sentence needs. */
export type Fault =
  | { rule: 'required'; missing: string }
  | { rule: 'type'; types: string }
  | { rule: 'minLength' | 'maxLength'; limit: number }
  | { rule: 'unseen'; point: string }
  | { rule: 'empty' | 'pattern' | 'blank' | 'loneMark' | 'wrongForm' }

/** Says what is wrong, as the second half of a sentence. */
export function faultPhrase(language: Language, fault: Fault): string {
  return fill(phrases[language][fault.rule], fault)
}
