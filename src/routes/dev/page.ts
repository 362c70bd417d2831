import type { FastifyPluginAsync } from 'fastify'
import { readPage } from '../../http/page-files.ts'

/** The files that the page of `/` is made of. */
const page: FastifyPluginAsync = async (fastify) => {
  for (const { name, type, body } of readPage()) {
    fastify.get(`/${name}`, (_request, reply) => {
      reply.type(type).send(body)
    })
  }
}

export default page
