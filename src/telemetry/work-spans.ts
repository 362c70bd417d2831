import type { TracingChannel } from 'node:diagnostics_channel'
import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { statements, steps } from './channels.ts'

/** Creates spans for what the stores do for a request. Returns a function that stops it. */
export function showWork(tracer: Tracer): () => void {
  const ends = [
    spansOf(statements, tracer, ({ text }) => ({
      'db.system.name': 'postgresql',
      'db.operation.name': /^\s*(\w+)/.exec(text)?.[1] ?? '',
      // The text as prepared, with placeholders such as $1 in place of every value.
      'db.query.text': text
    })),
    spansOf(steps, tracer, ({ name }) => ({ 'db.system.name': 'redis', 'db.operation.name': name }))
  ]
  return () => {
    for (const end of ends) end()
  }
}

function spansOf<Work extends object>(
  channel: TracingChannel<unknown, Work>,
  tracer: Tracer,
  attributesOf: (work: Work) => Attributes
): () => void {
  const spans = new WeakMap<Work, Span>()
  const ignore = () => {}
  const subscribers = {
    start(work: Work) {
      const attributes = attributesOf(work)
      const name = `${attributes['db.system.name']} ${attributes['db.operation.name']}`
      spans.set(work, tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }))
    },
    error: (work: Work) => spans.get(work)?.setStatus({ code: SpanStatusCode.ERROR }),
    asyncEnd: (work: Work) => spans.get(work)?.end(),
    end: ignore,
    asyncStart: ignore
  }
  channel.subscribe(subscribers)
  return () => channel.unsubscribe(subscribers)
}
