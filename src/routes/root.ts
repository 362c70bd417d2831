import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isOwnHost } from '../http/own-host.ts'
import { PAGE_POLICY, readPage } from '../http/page-files.ts'
import { withExample } from '../http/samples.ts'
import { errorResponses } from './schemas.ts'

const paths = { api: '/openapi.json', docs: '/docs', health: '/health/ready' }
const Welcome = withExample(
  Type.Object(
    { name: Type.String(), api: Type.String(), docs: Type.String(), health: Type.String() },
    { title: 'Welcome', description: 'Where to go on' }
  ),
  { name: 'citizen-auth', ...paths }
)

const schema = {
  operationId: 'root',
  summary: 'What this is, and where to go on',
  tags: ['operations'],
  response: { 200: Welcome, ...errorResponses() }
}

/** For people who open the bare address: in development a browser gets the page, everybody else gets directions. */
const root: FastifyPluginAsyncTypebox = async (fastify) => {
  const page = fastify.sms.inbox && readPage().find(({ name }) => name === 'index.html')

  async function servePage(request: FastifyRequest, reply: FastifyReply) {
    reply.header('vary', 'accept')
    if (!page || !request.headers.accept?.includes('text/html') || !isOwnHost(request)) return
    reply.header('content-security-policy', PAGE_POLICY)
    return reply.type(page.type).send(page.body)
  }

  fastify.get('/', { schema, ...(page && { preHandler: servePage }) }, async () => {
    return { name: 'citizen-auth', ...paths }
  })
}

export default root
