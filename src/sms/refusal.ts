import { type FailureKind, GatewayFailure } from './gateway.ts'

const SENTENCES: Record<FailureKind, string> = {
  invalid_number: 'says that no phone has the number',
  unreachable: 'cannot reach the number',
  rejected: 'refused the message: its text, its sender or the call is not as agreed',
  auth: 'refused the login',
  balance: 'is out of money: top up the account',
  rate_limited: 'gets more messages than it allows: ask it for a higher limit',
  unavailable: 'does not work, or another machine on the way answers for it',
  timeout: 'does not know whether it took the message'
}

/**
 * Tells an operator what to do about a gateway that did not take a message. The wording is ours, because the gateway's could
 * quote the message. `account` names the settings of the login.
 */
export function refusalsOf(gateway: string, account: string) {
  const sentences = { ...SENTENCES, auth: `${SENTENCES.auth}: check ${account}` }
  return (kind: FailureKind, status: number, sentence = sentences[kind]) =>
    new GatewayFailure(kind, `${gateway} ${sentence} (HTTP ${status})`)
}

/** Whether a word from outside is a kind of failure. */
export function isFailureKind(word: unknown): word is FailureKind {
  return typeof word === 'string' && Object.hasOwn(SENTENCES, word)
}
