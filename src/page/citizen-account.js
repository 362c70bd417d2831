import { keepTokens, signInElsewhere } from './citizen-tokens.js'
import { meStep } from './me-step.js'
import { get, ME, post, remove, SESSIONS } from './requests.js'

const renew = (refresh) => post('/api/auth/refresh/', { refresh })

export function citizenMeStep(me) {
  return meStep(me, async (send) => {
    const other = await signInElsewhere(send, me)
    await send(post('/api/auth/logout/', { refresh: other.refresh }))
    await send(get(ME, other.access))
  })
}

export function sessionsStep(me) {
  return {
    key: 'sessions',
    main: { say: 'list', request: () => get(SESSIONS, me.access) },
    others: {
      refresh: { run: (send) => send(renew(me.refresh)), after: keepTokens(me) },
      endOther: { run: (send) => endOther(send, me) },
      signOut: { run: (send) => send(post('/api/auth/logout/', { refresh: me.refresh })) }
    },
    provoke: { stolenToken: (send) => renewTwice(send, me) }
  }
}

export function deleteStep(me) {
  return {
    key: 'delete',
    hint: 'deleteHint',
    main: { say: 'delete', request: () => remove(ME, me.access), isGrave: true },
    provoke: { afterwards: (send) => send(get(ME, me.access)) }
  }
}

async function endOther(send, me) {
  await signInElsewhere(send, me)
  const { body } = await send(get(SESSIONS, me.access))
  const other = body.find?.(({ current }) => !current)
  await send(remove(`${SESSIONS}${other?.id}/`, me.access))
}

/** Acts as a thief after the owner has renewed the token and moved on. */
async function renewTwice(send, me) {
  const { refresh } = await signInElsewhere(send, me)
  const { body } = await send(renew(refresh))
  await send(renew(body.refresh))
  await send(renew(refresh))
}
