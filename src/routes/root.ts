import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'

const schema = {
  operationId: 'root',
  summary: 'What this is, and where to go on',
  tags: ['operations'],
  response: {
    200: Type.Object({ name: Type.String(), api: Type.String(), docs: Type.String(), health: Type.String() })
  }
}

/** For people who open the bare address. */
const root: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get('/', { schema }, async () => {
    return { name: 'citizen-auth', api: '/openapi.json', docs: '/docs', health: '/health/ready' }
  })
}

export default root
