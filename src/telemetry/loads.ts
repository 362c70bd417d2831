import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, type Registry } from 'prom-client'

/** Shows at each scrape what waits in this process: for a connection to PostgreSQL, and for a hash. */
export function showLoads({ dbLoad, passwords }: FastifyInstance, registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'citizen_auth_database_connections',
    help: 'Connections to PostgreSQL that may be in use (max) and are (used).',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const { max, used } = dbLoad()
      this.set({ state: 'max' }, max)
      this.set({ state: 'used' }, used)
    }
  })
  new Gauge({
    name: 'citizen_auth_database_statements_waiting',
    help: 'Statements and transactions that wait for a connection.',
    registers,
    collect() {
      this.set(dbLoad().waiting)
    }
  })
  new Counter({
    name: 'citizen_auth_database_statements_refused_total',
    help: 'Statements that were never sent, for no connection became free.',
    registers,
    collect() {
      this.reset()
      this.inc(dbLoad().refused)
    }
  })
  new Gauge({
    name: 'citizen_auth_password_hashes',
    help: 'Passwords that are being hashed (running), and that wait for it.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const { running, waiting } = passwords.load()
      this.set({ state: 'running' }, running)
      this.set({ state: 'waiting' }, waiting)
    }
  })
}
