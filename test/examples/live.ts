import type { Test } from 'tap'
import { createCitizen, type Kept, type Store } from '../../examples/citizen-app/citizen.ts'
import type { Environment } from '../../src/config/settings.ts'
import { build, randomPhone } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

/** A service that listens on a socket, and the network in front of it. */
export async function serve(t: Test, changes: Environment = {}) {
  const built = await build(t, changes)
  const address = await built.app.listen({ host: '127.0.0.1', port: 0 })
  const proxy = await createProxy(t, '127.0.0.1', Number(new URL(address).port))
  /** How many calls a route has received. */
  const countOf = (route: string) => built.log.filter((line) => line.includes(`"route":"${route}"`)).length
  return { ...built, proxy, baseUrl: proxy.url(address), countOf }
}

/** The store that tabs share, with the lock that browsers provide. */
export function sharedStore(): Store & { kept: Kept } {
  let last: Promise<unknown> = Promise.resolve()
  const store = {
    kept: {},
    // Asynchronous like a Keychain, and copied like localStorage.
    read: async () => structuredClone(store.kept),
    write: async (kept: Kept) => {
      store.kept = structuredClone(kept)
    },
    alone: <Result>(task: () => Promise<Result>) => {
      const run = last.then(task)
      last = run.catch(() => undefined)
      return run
    }
  }
  return store
}

/** An app that uses a service, and how often it was told that it is signed out. */
export function openApp({ baseUrl }: { baseUrl: string }, store: Store = sharedStore()) {
  const ends = { count: 0 }
  const onSignedOut = () => {
    ends.count++
  }
  return { ...createCitizen({ baseUrl, store, language: 'en', onSignedOut }), ends }
}

/** A service, and a store signed in with an access token that lasted a second and has expired; renewed tokens last. */
export async function expiredSignIn(t: Test, changes: Environment = {}) {
  const brief = await serve(t, { ...changes, ACCESS_TTL_SECONDS: '1' })
  const store = sharedStore()
  const app = openApp(brief, store)
  const phone = randomPhone()
  await app.askForCode(phone)
  await app.signIn(phone, brief.outbox.codeFor(phone))
  const service = await serve(t, changes)
  const { access = '' } = store.kept.tokens ?? {}
  await until(async () => (await service.me(access)).json().code === 'TOKEN_EXPIRED')
  return { service, store, phone, expired: store.kept.tokens }
}
