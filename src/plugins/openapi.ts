import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { finished, headers, parameters } from '../http/api-document.ts'
import { contentSecurityPolicy, script } from '../http/docs-page.ts'

const description = `Citizens sign in with a code by SMS, staff with a password; both get JWTs.

Every error is \`{ statusCode, error, code, message }\`; \`code\` is stable. A 429 and a 503 say in \`retry_after\`
and the header \`Retry-After\` how many seconds to wait.

\`Accept-Language\` (uz, uz-Cyrl, kaa, ru, en) is the language of every \`message\`, else English, and of the SMS of a code.`

/** Serves the API document, generated from the schemas of the routes registered after it, and a page to read and try it. */
export default fp(
  async function openapi(fastify) {
    await fastify.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'citizen-auth',
          version: '0.1.0',
          description,
          contact: { name: 'Who runs this service' },
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [
          {
            url: '/',
            description: 'The server that gave this document: local, staging or production',
            ...{ 'x-internal': false }
          }
        ],
        tags: [
          { name: 'citizens', description: 'Sign-in with a code by SMS' },
          { name: 'staff', description: 'Sign-in with a password' },
          { name: 'sessions', description: 'Staying signed in and signing out' },
          { name: 'account', description: 'The signed-in user' },
          { name: 'operations', description: 'For load balancers and monitoring' }
        ],
        components: {
          securitySchemes: {
            bearerAuth: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description:
                'The `access` token of a sign-in or a refresh: a JWT (RFC7519), to be verified as RFC8725 says'
            }
          },
          headers,
          parameters
        }
      },
      transformObject: (made) => ('openapiObject' in made ? finished(made.openapiObject) : made.swaggerObject)
    })
    await fastify.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: contentSecurityPolicy,
      theme: { title: 'citizen-auth', js: [{ filename: 'page.js', content: script }] }
    })
    fastify.get('/openapi.json', { schema: { hide: true } }, async () => {
      return fastify.swagger()
    })
  },
  { name: 'openapi' }
)
