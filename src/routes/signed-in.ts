import type { FastifyInstance } from 'fastify'

/** Makes a scope one of the signed-in user: its calls need a bearer token, and its part of the API document says so. */
export function signedIn(scope: FastifyInstance, guard = scope.authenticate): void {
  scope.addHook('onRequest', guard)
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, security: [{ bearerAuth: [] }] }
  })
}
