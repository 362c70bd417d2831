import fc from 'fast-check'
import type { Config } from '../../src/config/settings.ts'
import { createJudge } from './judge.ts'
import { type ApiDocument, requestTo } from './request.ts'
import { startTarget } from './target.ts'
import type { FuzzRequest } from './wire.ts'

/** Concurrent requests. */
const LANES = 24
/** The parts of a run; the heap is measured after each. */
const PARTS = 5
const MAX_FINDINGS = 20

export interface FuzzReport {
  requests: number
  /** What was wrong, each with the smallest request found that shows it. */
  findings: string[]
  /** How often each call was answered with each status. */
  replies: Map<string, Map<number, number>>
  /** Bytes in use after each fifth of the requests; empty where the garbage collector cannot be called. */
  heap: number[]
}

/** Sends generated requests to the service, and reports what no client should see. */
export async function fuzz(
  config: Config,
  { requests, seed, say }: { requests: number; seed: number; say: (line: string) => void }
): Promise<FuzzReport> {
  const target = await startTarget(config)
  const document = target.app.swagger() as unknown as ApiDocument
  const judge = createJudge(document)
  const arbitrary = requestTo(document)
  const report: FuzzReport = { requests: 0, findings: [], replies: new Map(), heap: [] }
  const known = new Set<string>()
  const onStray = (error: unknown) => report.findings.push(`unhandled: ${String(error)}`)
  process.on('unhandledRejection', onStray).on('uncaughtException', onStray).on('warning', onStray)

  const property = fc.asyncProperty(arbitrary, async (request) => {
    report.requests++
    const reply = await target.send(request)
    if (!reply) return
    const { call, fault } = judge(request, reply)
    const counts = report.replies.get(call) ?? new Map<number, number>()
    report.replies.set(call, counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1))
    if (fault && !known.has(kindOf(call, fault))) throw new Fault(call, fault)
  })

  try {
    for (let part = 1; part <= PARTS; part++) {
      const until = Math.round((requests * part) / PARTS)
      await Promise.all(
        Array.from({ length: LANES }, (_, lane) => runLane(seed + part * LANES + lane, until))
      )
      globalThis.gc?.()
      if (globalThis.gc) report.heap.push(process.memoryUsage().heapUsed)
      say(`${report.requests} requests, heap ${megabytes(process.memoryUsage().heapUsed)} MB`)
    }
  } finally {
    process.off('unhandledRejection', onStray).off('uncaughtException', onStray).off('warning', onStray)
    await target.close()
  }
  return report

  /** Continues after a finding, which then counts as known. */
  async function runLane(seed: number, until: number): Promise<void> {
    for (let round = 0; report.requests < until && report.findings.length < MAX_FINDINGS; round++) {
      const numRuns = Math.ceil((until - report.requests) / LANES)
      const { failed, counterexample, errorInstance } = await fc.check(property, {
        seed: seed + round * 1_000,
        numRuns
      })
      if (!failed) continue
      if (!(errorInstance instanceof Fault)) throw errorInstance
      const { call, fault } = errorInstance
      if (known.has(kindOf(call, fault))) continue
      known.add(kindOf(call, fault))
      const finding = `${call}: ${fault}\n  ${shown(counterexample?.[0])}`
      report.findings.push(finding)
      say(finding)
    }
  }
}

class Fault extends Error {
  readonly call: string
  readonly fault: string
  constructor(call: string, fault: string) {
    super(`${call}: ${fault}`)
    this.call = call
    this.fault = fault
  }
}

/** One finding stands for all whose call, status and code are the same. */
function kindOf(call: string, fault: string): string {
  return `${call} ${/^.*?\d{3}/.exec(fault)?.[0]} ${/"code":"(\w+)"/.exec(fault)?.[1]}`
}

function shown(request: FuzzRequest | undefined): string {
  const body = request?.body
  const text = body instanceof Uint8Array ? Buffer.from(body).toString('latin1') : body
  return JSON.stringify({ ...request, body: text }).slice(0, 2_000)
}

export function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
