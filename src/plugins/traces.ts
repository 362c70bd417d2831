import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'

/** Spans of requests, statements and steps for an OpenTelemetry collector. To be registered before whatever it shows. */
export default fp<Config['traces']>(
  async function traces(fastify, { endpoint, protocol }) {
    if (!endpoint) return
    // The only import of this kind: OpenTelemetry is as large as the service, and most run without it.
    const { startTraces } = await import('../telemetry/traces.ts')
    await startTraces(fastify, endpoint, protocol)
  },
  { name: 'traces' }
)
