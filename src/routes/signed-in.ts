import type { FastifyInstance } from 'fastify'

/** Makes every call of a scope require a bearer token, and says so in its part of the API document. */
export function signedIn(scope: FastifyInstance, guard = scope.authenticate): void {
  scope.addHook('onRequest', guard)
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, security: [{ bearerAuth: [] }] }
  })
}
