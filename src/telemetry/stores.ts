import type { FastifyInstance } from 'fastify'
import pTimeout from 'p-timeout'
import { Gauge, type Registry } from 'prom-client'
import { databaseState } from '../db/state.ts'
import { assertRedisWritable } from '../redis/writable.ts'

/** A store that takes longer than this (ms) counts as down for this scrape. */
const PATIENCE_MS = 1_000
/** Scrapes within this time (ms) share one reading: scraping must not become a load of its own. */
const SHARED_MS = 2_000

/**
 * Exposes the state of the stores: whether they are up, what the service may still send, and strict mode. Figures of a store
 * that is down are left out, so that nobody takes an old figure for a current one. `read` is to be called before each scrape,
 * and never fails.
 */
export function showStores(
  { db, guard, redis }: FastifyInstance,
  registry: Registry
): { read(): Promise<void> } {
  const registers = [registry]
  const up = new Gauge({
    name: 'citizen_auth_store_up',
    help: 'Whether this process reaches a store that can serve it: 1 or 0.',
    labelNames: ['store'] as const,
    registers
  })
  const left = new Gauge({
    name: 'citizen_auth_sms_left',
    help: 'Codes that the whole service may still send, to anybody and to strangers.',
    labelNames: ['window', 'caller'] as const,
    registers
  })
  const budget = new Gauge({
    name: 'citizen_auth_sms_budget',
    help: 'Codes that the whole service may send: SMS_PER_HOUR, SMS_PER_DAY.',
    labelNames: ['window'] as const,
    registers
  })
  const strict = new Gauge({
    name: 'citizen_auth_strict_mode_seconds',
    help: 'Seconds for which strict mode lasts, should no guess come any more; 0: it is off.',
    registers
  })
  budget.set({ window: 'hour' }, guard.smsBudget.hour)
  budget.set({ window: 'day' }, guard.smsBudget.day)

  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> = Promise.resolve()
  return {
    read() {
      if (performance.now() - readAt < SHARED_MS) return reading
      readAt = performance.now()
      reading = readBoth()
      return reading
    }
  }

  async function readBoth(): Promise<void> {
    const [state, service] = await Promise.all([
      inTime(databaseState(db)),
      inTime(assertRedisWritable(redis).then(guard.left))
    ])
    up.set({ store: 'postgresql' }, Number(state === 'up'))
    up.set({ store: 'redis' }, Number(service !== undefined))
    left.reset()
    strict.remove()
    if (!service) return
    for (const window of ['hour', 'day'] as const) {
      left.set({ window, caller: 'anybody' }, service[window].anybody)
      left.set({ window, caller: 'stranger' }, service[window].stranger)
    }
    strict.set(service.strictSeconds)
  }
}

async function inTime<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return pTimeout(work, { milliseconds: PATIENCE_MS }).catch(() => undefined)
}
