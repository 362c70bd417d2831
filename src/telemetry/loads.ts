import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, type Registry } from 'prom-client'

/** Exposes what waits in this process (for its turn, a PostgreSQL connection or a hash) and what it refused, at each scrape. */
export function showLoads({ dbQueue, passwords, shedding }: FastifyInstance, registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'citizen_auth_database_connections',
    help: 'Connections to PostgreSQL that may be in use (max) and are (used).',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.set({ state: 'max' }, dbQueue.places)
      this.set({ state: 'used' }, dbQueue.running)
    }
  })
  new Gauge({
    name: 'citizen_auth_database_statements_waiting',
    help: 'Statements and transactions that wait for a connection.',
    registers,
    collect() {
      this.set(dbQueue.waiting)
    }
  })
  new Counter({
    name: 'citizen_auth_database_statements_refused_total',
    help: 'Statements that were never sent, for no connection became free.',
    registers,
    collect() {
      this.reset()
      this.inc(dbQueue.refused)
    }
  })
  new Gauge({
    name: 'citizen_auth_http_requests_waiting',
    help: 'Requests that wait at the door for their turn.',
    registers,
    collect() {
      this.set(shedding.waiting)
    }
  })
  new Counter({
    name: 'citizen_auth_http_shed_requests_total',
    help: 'Requests that were refused at the door, because the process had too much to do.',
    registers,
    collect() {
      this.reset()
      this.inc(shedding.refused)
    }
  })
  new Gauge({
    name: 'citizen_auth_password_hashes',
    help: 'Passwords that are being hashed (running), and that wait for it.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const lanes = Object.values(passwords.queues)
      const sum = (of: 'running' | 'waiting') => lanes.reduce((all, lane) => all + lane[of], 0)
      this.set({ state: 'running' }, sum('running'))
      this.set({ state: 'waiting' }, sum('waiting'))
    }
  })
}
