/** How long a client waits for an answer (ms). */
const PATIENCE_MS = 12_000

export interface Answer {
  /** 0 when no answer came. */
  status: number
  body: Record<string, unknown>
}

/** The API calls that make up a sign-in, over HTTP. */
export function callsOf(url: string, onAnswer: (status: number, ms: number) => void = () => {}) {
  const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })
  return {
    send: (phone: string) => call('/api/auth/send-otp/', { phone_number: phone }),
    verify: (phone: string, code: string) => call('/api/auth/verify-otp/', { phone_number: phone, code }),
    refresh: (token: unknown) => call('/api/auth/refresh/', { refresh: token }),
    me: (token: unknown) => call('/api/users/me/', undefined, bearer(token))
  }

  async function call(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const start = performance.now()
    const answer = await fetch(`${url}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(PATIENCE_MS)
    }).then(
      async (reply) => ({ status: reply.status, body: (await reply.json()) as Answer['body'] }),
      () => ({ status: 0, body: {} })
    )
    onAnswer(answer.status, performance.now() - start)
    return answer
  }
}
