/** The field for the code sent to a number. */
export function codeField(codeFor) {
  return {
    name: 'code',
    say: 'codeField',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    codeFor
  }
}

/** Neither this code nor the one that opens every account. */
function wrongCode(code) {
  const next = (Number(code) + 1) % 10 ** code.length
  return String(next === 1111 ? 1112 : next).padStart(code.length, '0')
}

/** Sends wrong codes while guesses are left: `code` is the right one, if known. */
export async function guessWrongly(send, bring, code = '0000', times = 1) {
  for (let guess = 1; guess <= times; guess++) {
    const { ok, body } = await send(bring(wrongCode(code)))
    if (ok || body.attempts_left === 0 || body.retry_after) return
  }
}
