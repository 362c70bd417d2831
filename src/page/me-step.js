import { get, ME, post } from './requests.js'

/** The step that asks who is signed in. `endedSession` signs in once more, ends that session and asks with its token. */
export function meStep(me, endedSession) {
  return {
    key: 'me',
    main: { say: 'ask', request: () => get(ME, me.access) },
    provoke: {
      expiredToken: (send) => askWithExpiredToken(send, me.access),
      endedSession,
      noToken: (send) => send(get(ME))
    }
  }
}

/** Nobody can wait for a token to expire: with DEBUG, the service makes one. */
async function askWithExpiredToken(send, token) {
  const { body } = await send(post('/dev/expired-token', undefined, token))
  await send(get(ME, body.access))
}
