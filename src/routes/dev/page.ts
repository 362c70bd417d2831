import type { FastifyPluginAsync } from 'fastify'
import { readPage } from '../../http/page-files.ts'

/** The files that the page of `/` asks for. The page itself has a policy of its own there, and no style under that of the API. */
const page: FastifyPluginAsync = async (fastify) => {
  for (const { name, type, body } of readPage()) {
    if (name === 'index.html') continue
    fastify.get(`/${name}`, (_request, reply) => {
      reply.type(type).send(body)
    })
  }
}

export default page
