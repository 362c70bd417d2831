import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'

/** Sends spans of requests, statements and Redis steps to an OpenTelemetry collector. Register it before what it traces. */
export default fp<Config['traces']>(
  async function traces(fastify, { endpoint, protocol }) {
    if (!endpoint) return
    // The only dynamic import: OpenTelemetry is as large as the service, and most deployments run without it.
    const { startTraces } = await import('../telemetry/traces.ts')
    await startTraces(fastify, endpoint, protocol)
  },
  { name: 'traces' }
)
