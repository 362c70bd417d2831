import type { Cluster, Redis } from 'ioredis'
import { operatorPrefix } from '../phone.ts'
import { carrierKey, reportKey, statisticsKey } from '../redis/sms-steps.ts'
import { messages } from '../telemetry/channels.ts'
import type { Outgoing } from './gateway.ts'
import type { Delivery } from './ladder.ts'

/** The stages of a message, in this order. */
export type Stage = 'sent' | 'delivered' | 'used'

export interface Report {
  gateway: string
  /** The gateway's id of the message. */
  id: string
  /** The prefix that identifies the operator, e.g. `+99890`. */
  prefix: string
  /** E.164, if the gateway reports it. */
  phone?: string
  stage: Stage
}

const DAY_SECONDS = 86_400
const KEPT_SECONDS = 400 * DAY_SECONDS
/** Providers repeat a report for a few hours at most. */
const REPEATED_SECONDS = 2 * DAY_SECONDS

/** The one place where all that is known about messages ends up: counts per day, by gateway and operator prefix. */
export function createStatistics(redis: Redis | Cluster) {
  return { sent, used, reported, isLast }

  /** Counts a message, and remembers for the life of its code which gateway carried it. */
  async function sent(
    { to, code, ttlSeconds }: Outgoing,
    { gateway, providerId = '', parts, cost }: Delivery
  ): Promise<void> {
    const remembered = code && redis.set(carrierKey(to), `${gateway} ${providerId}`, 'EX', ttlSeconds)
    await Promise.all([
      remembered,
      count({ gateway, prefix: operatorPrefix(to), stage: 'sent', parts, cost })
    ])
  }

  /** Counts that the code in the last message to a number was used; returns the gateway that carried it. */
  async function used(phone: string): Promise<{ gateway: string; providerId: string } | undefined> {
    const carrier = await redis.getdel(carrierKey(phone))
    if (!carrier) return undefined
    const [gateway = '', providerId = ''] = carrier.split(' ')
    await count({ gateway, prefix: operatorPrefix(phone), stage: 'used' })
    return { gateway, providerId }
  }

  /** Counts a gateway's report once, however often it is repeated. */
  async function reported({ id, ...report }: Report): Promise<void> {
    const isNew = await redis.set(
      reportKey(report.gateway, id, report.stage),
      1,
      'EX',
      REPEATED_SECONDS,
      'NX'
    )
    if (isNew) await count(report)
  }

  /** Whether this was the last message to a number, and its code has not been used. */
  async function isLast(phone: string, gateway: string, providerId: string): Promise<boolean> {
    return (await redis.get(carrierKey(phone))) === `${gateway} ${providerId}`
  }

  async function count({
    gateway,
    prefix,
    stage,
    parts,
    cost
  }: Parameters<typeof messages.publish>[0]): Promise<void> {
    messages.publish({ gateway, prefix, stage, parts, cost })
    const key = statisticsKey()
    const times = await redis.hincrby(key, `${gateway}:${prefix}:${stage}`, 1)
    if (times === 1) await redis.expire(key, KEPT_SECONDS)
  }
}
