import type { Db } from './client.ts'

/**
 * Builds a query once for each connection. A drizzle query that ends in `.prepare(name)` is a server-side prepared
 * statement: one round trip instead of two, and half the CPU.
 */
export function prepared<Query>(build: (db: Db) => Query): (db: Db) => Query {
  const built = new WeakMap<Db, Query>()
  return (db) => {
    const query = built.get(db) ?? build(db)
    built.set(db, query)
    return query
  }
}
