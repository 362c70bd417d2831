import fp from 'fastify-plugin'
import { connect, type DatabaseOptions, type Db } from '../db/client.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
  }
}

/** `fastify.db`: the pool that query functions of `src/db` take first. */
export default fp<DatabaseOptions>(
  async function db(fastify, options) {
    const { db, close } = connect(options)
    fastify.addHook('onClose', close)
    fastify.decorate('db', db)
  },
  { name: 'db' }
)
