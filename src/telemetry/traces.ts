import { FastifyOtelInstrumentation } from '@fastify/otel'
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes
} from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node'
import type { FastifyInstance } from 'fastify'
import pTimeout from 'p-timeout'
import type { Config } from '../config/settings.ts'
import { showWork } from './work-spans.ts'

/** How long sending the last spans may take (ms): an unreachable collector must not keep the process from ending. */
const LAST_SPANS_MS = 2_000

/** Starts sending spans to a collector, and stops when the app closes. The SDK itself reads other `OTEL_*` variables. */
export async function startTraces(
  fastify: FastifyInstance,
  endpoint: string,
  protocol: Config['traces']['protocol']
): Promise<void> {
  const silent = () => {}
  const lost = () =>
    fastify.log.warn({ event: 'traces_lost' }, 'traces were not taken (OTEL_EXPORTER_OTLP_ENDPOINT)')
  // The SDK's own messages could quote a header.
  diag.setLogger(
    { error: lost, warn: silent, info: silent, debug: silent, verbose: silent },
    DiagLogLevel.ERROR
  )
  const Exporter = protocol === 'http/json' ? JsonExporter : ProtobufExporter
  const exporter = new Exporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'citizen-auth' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new DiscreetProcessor(exporter)]
  })
  provider.register()
  const endWork = showWork(provider.getTracer('citizen-auth'))
  fastify.addHook('onClose', async () => {
    endWork()
    await pTimeout(provider.shutdown(), { milliseconds: LAST_SPANS_MS }).catch(lost)
    for (const api of [trace, context, propagation, diag]) api.disable()
  })

  const instrumentation = new FastifyOtelInstrumentation({
    // An error's message may quote a phone number or a parameter.
    recordExceptions: false,
    instrumentHooks: false,
    requestHook(span, { method, routeOptions }) {
      const route = routeOptions.url ?? 'unknown'
      span.updateName(`${method} ${route}`)
      // The path itself may hold a secret.
      span.setAttribute('url.path', route)
    },
    lifecycleHook: (span, { hookName }) => span.updateName(hookName)
  })
  instrumentation.setTracerProvider(provider)
  await fastify.register(instrumentation.plugin())
  fastify.addHook('onSend', async (request, _reply, payload) => {
    if (request.errorCode) request.opentelemetry().span?.setAttribute('error.type', request.errorCode)
    return payload
  })
}

/** Drops error messages, for the reason above; the error's code says enough. */
class DiscreetProcessor extends BatchSpanProcessor {
  override onEnd(span: ReadableSpan): void {
    delete span.status.message
    super.onEnd(span)
  }
}
