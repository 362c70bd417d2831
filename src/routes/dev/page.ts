import type { FastifyPluginAsync } from 'fastify'
import { readPage } from '../../http/page-files.ts'

/** The files that the page at `/` loads, but not the page itself: it has its own policy there, and no styles under the API's. */
const page: FastifyPluginAsync = async (fastify) => {
  for (const { name, type, body } of readPage()) {
    if (name === 'index.html') continue
    fastify.get(`/${name}`, (_request, reply) => {
      reply.type(type).send(body)
    })
  }
}

export default page
