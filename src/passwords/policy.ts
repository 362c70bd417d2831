import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import { isGarbled } from '../text/utf8.ts'
import { PASSWORD_MAX_LENGTH } from './hash.ts'

/** zxcvbn's "safely unguessable: moderate protection from offline slow-hash scenario". */
const MIN_SCORE = 3

const strength = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })

/**
 * What is wrong with a new staff password, or undefined. There are no rules on which kinds of characters it must contain,
 * only on its length and on what guessers try: common passwords, patterns and `ownWords`, such as the owner's name.
 */
export function passwordProblem(
  password: string,
  minLength: number,
  ownWords: string[] = []
): string | undefined {
  const length = [...password.normalize('NFC')].length
  if (length < minLength) return `The password needs at least ${minLength} characters.`
  if (length > PASSWORD_MAX_LENGTH) return `The password may have at most ${PASSWORD_MAX_LENGTH} characters.`
  if (/[\p{Cc}\p{Cs}]/u.test(password) || isGarbled(password))
    return 'The password has control characters, or is not in UTF-8.'
  const words = ownWords.flatMap((word) => [word, ...word.split(/\s+/)]).filter(Boolean)
  if (strength.check(password, words).score < MIN_SCORE) {
    return 'The password is common or easy to guess; take a few unrelated words.'
  }
  return undefined
}
