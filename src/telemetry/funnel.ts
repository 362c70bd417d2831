import { Counter, Gauge, type Registry } from 'prom-client'
import { asked, balances, gatewayFailures, guesses, messages } from './channels.ts'
import { prefixLabel } from './labels.ts'

/** Counts codes on their way from request to use, and what they cost. Returns a function that stops the counting. */
export function countFunnel(registry: Registry): () => void {
  const registers = [registry]
  const codesAsked = new Counter({
    name: 'citizen_auth_codes_asked_total',
    help: 'Codes that were asked for, by the prefix of the operator.',
    labelNames: ['prefix'] as const,
    registers
  })
  const stages = new Counter({
    name: 'citizen_auth_messages_total',
    help: 'Messages that a gateway took, that arrived as far as it tells, and whose code was used.',
    labelNames: ['gateway', 'prefix', 'stage'] as const,
    registers
  })
  const parts = new Counter({
    name: 'citizen_auth_message_parts_total',
    help: 'Parts of the messages that a gateway took: it bills each.',
    labelNames: ['gateway'] as const,
    registers
  })
  const cost = new Counter({
    name: 'citizen_auth_message_cost_total',
    help: 'What a gateway said that messages cost, in its currency.',
    labelNames: ['gateway'] as const,
    registers
  })
  const failures = new Counter({
    name: 'citizen_auth_gateway_failures_total',
    help: 'Messages that a gateway did not take or, with kind "timeout", may have taken.',
    labelNames: ['gateway', 'kind'] as const,
    registers
  })
  const balance = new Gauge({
    name: 'citizen_auth_gateway_balance',
    help: 'What was left of the money at a gateway when it last told, in its currency.',
    labelNames: ['gateway'] as const,
    registers
  })
  const verdicts = new Counter({
    name: 'citizen_auth_guesses_total',
    help: 'Codes that were brought, by what became of them.',
    labelNames: ['verdict'] as const,
    registers
  })

  const ends = [
    asked.subscribe(({ prefix }) => codesAsked.inc({ prefix: prefixLabel(prefix) })),
    messages.subscribe(({ gateway, prefix, stage, ...bill }) => {
      stages.inc({ gateway, prefix: prefixLabel(prefix), stage })
      if (bill.parts) parts.inc({ gateway }, bill.parts)
      if (bill.cost) cost.inc({ gateway }, bill.cost)
    }),
    gatewayFailures.subscribe((labels) => failures.inc(labels)),
    balances.subscribe((told) => balance.set({ gateway: told.gateway }, told.balance)),
    guesses.subscribe((labels) => verdicts.inc(labels))
  ]
  return () => {
    for (const end of ends) end()
  }
}
