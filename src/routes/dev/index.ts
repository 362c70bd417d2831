import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../../config/settings.ts'
import { requireOwnHost, requireOwnPage } from '../../http/own-host.ts'
import events from './events.ts'
import expiredToken from './expired-token.ts'
import guard from './guard.ts'
import inboxRoutes from './inbox.ts'
import page from './page.ts'

/** For developers: what the page at `/` calls. Exists only with DEBUG and the mock among the gateways. */
const devRoutes: FastifyPluginAsync<Pick<Config, 'otp'>> = async (fastify, { otp }) => {
  const { inbox } = fastify.sms
  if (!inbox) return
  fastify.addHook('onRequest', requireOwnHost)
  fastify.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, hide: true }
  })
  fastify.register(inboxRoutes, { inbox })
  fastify.register(async function ofThePage(scope) {
    scope.addHook('onRequest', requireOwnPage)
    scope.register(page)
    scope.register(events, { inbox })
    scope.register(guard, { otp })
    scope.register(expiredToken)
  })
}

export default devRoutes
