import Fastify from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Config } from '../config/settings.ts'
import { countFunnel } from '../telemetry/funnel.ts'
import { showLoads } from '../telemetry/loads.ts'
import { countRequests } from '../telemetry/requests.ts'
import { showStores } from '../telemetry/stores.ts'

export type MetricsOptions = Pick<Config, 'metrics' | 'server'>

/**
 * `GET /metrics` for Prometheus, on a separate port that no load balancer exposes to the world; off without METRICS_PORT.
 * Counts are per process. No label holds a value that a stranger can make up.
 */
export default fp<MetricsOptions>(
  async function metrics(fastify, { metrics: { port, host }, server }) {
    if (port === undefined) return
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    showLoads(fastify, registry)
    const stores = showStores(fastify, registry)
    countRequests(fastify, registry)
    const endFunnel = countFunnel(registry)

    const door = Fastify({ forceCloseConnections: true })
    door.get('/metrics', async (_request, reply) => {
      await stores.read()
      reply.type(registry.contentType)
      return registry.metrics()
    })
    fastify.addHook('onReady', async () => {
      const url = await door.listen({ port, host: host ?? server.host })
      fastify.log.info({ event: 'metrics', url: `${url}/metrics` }, 'Prometheus may ask for metrics')
    })
    fastify.addHook('onClose', async () => {
      endFunnel()
      await door.close()
    })
  },
  { name: 'metrics', dependencies: ['db', 'shedding', 'redis', 'guard', 'passwords'] }
)
