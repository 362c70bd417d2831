import type { GuardPolicy } from '../src/config/guard-policy.ts'

const DAY_SECONDS = 86_400

/** How many passwords of one number the waits leave to a guesser who never pauses, on the first day. */
export function staffGuessesADay({ waitSeconds, waitMaxSeconds }: GuardPolicy['staff']): number {
  let guesses = 0
  for (let waited = 0; waited < DAY_SECONDS; guesses++)
    waited += Math.min(waitSeconds * 2 ** guesses, waitMaxSeconds)
  return guesses
}
