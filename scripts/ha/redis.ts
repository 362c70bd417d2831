import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startCluster } from '../redis-cluster.ts'
import { startSentinels } from '../redis-sentinels.ts'
import { callsOf } from './calls.ts'
import { startLoad } from './load.ts'
import { type Row, rowOf } from './report.ts'
import { nextNumber, startService } from './service.ts'

const BEFORE_MS = 2_000
const AFTER_MS = 6_000
const CODES = 20

/** The primary is killed under load, and the sentinels promote a replica. */
export async function sentinelFailover(databaseUrl: string, waitReplicas: number): Promise<Row> {
  const { url, primary, replicas, close } = await startSentinels()
  const service = await startService({ ...stores(databaseUrl, waitReplicas), REDIS_URL: url })
  const load = startLoad(service)
  await wait(BEFORE_MS)
  await primary.close()
  const at = await untilPrimary(replicas.map(({ admin }) => admin))
  await wait(AFTER_MS)
  const found = await load.stop()
  await service.close()
  await close()
  return rowOf(`Sentinel, primary killed, REDIS_WAIT_REPLICAS=${waitReplicas}`, found, at)
}

/** A master of a cluster is killed under load, and a replica takes over; `waitReplicas` more confirm what it writes then. */
export async function clusterFailover(databaseUrl: string, waitReplicas: number): Promise<Row> {
  const { urls, nodes, close } = await startCluster(process.env, { replicasOfEach: 1 + waitReplicas })
  const replicas = urls.slice(urls.length / (2 + waitReplicas)).map((url) => new Redis(url))
  await Promise.all(replicas.map(untilFollowing))
  const seeds = urls.map((url) => new URL(url).host).join()
  const redis = { REDIS_URL: `redis://${seeds}`, REDIS_CLUSTER: 'true' }
  const service = await startService({ ...stores(databaseUrl, waitReplicas), ...redis })
  const load = startLoad(service)
  await wait(BEFORE_MS)
  await nodes[0]?.close()
  const at = await untilPrimary(replicas)
  await wait(AFTER_MS)
  const found = await load.stop()
  await service.close()
  for (const replica of replicas) replica.disconnect()
  await close()
  return rowOf(`Cluster, master killed, REDIS_WAIT_REPLICAS=${waitReplicas}`, found, at)
}

/** Codes are used while no replica receives the writes; then the primary dies, and they are used again on the new one. */
export async function lostWrites(databaseUrl: string, waitReplicas: number): Promise<Row> {
  const { url, primary, replicas, close } = await startSentinels()
  const service = await startService({ ...stores(databaseUrl, waitReplicas), REDIS_URL: url })
  let [requests, answered, failed] = [0, 0, 0]
  const calls = callsOf(service.urls[0] ?? '', (status) => {
    requests += 1
    if (status === 200) answered += 1
    if (status === 0 || status >= 500) failed += 1
  })
  const phones = Array.from({ length: CODES }, nextNumber)
  await Promise.all(phones.map((phone) => calls.send(phone)))
  await primary.admin.wait(replicas.length, 1_000)
  // Makes the replicas follow a server that does not exist; the sentinels correct this after some seconds.
  await Promise.all(replicas.map(({ admin }) => admin.replicaof('127.0.0.1', 1)))
  const use = () => Promise.all(phones.map((phone) => calls.verify(phone, service.codeFor(phone))))
  const first = await use()
  await primary.close()
  await untilPrimary(replicas.map(({ admin }) => admin))
  while ((await calls.send(nextNumber())).status !== 200) await wait(25)
  // A new primary confirms nothing until its replica is there.
  await wait(1_500)
  const second = await use()
  const third = await use()
  await service.close()
  await close()
  const uses = phones.map(
    (_, at) => [first, second, third].filter((round) => round[at]?.status === 200).length
  )
  const used = (round: typeof first) => round.filter(({ status }) => status === 200).length
  const twice = uses.filter((times) => times > 1).length
  return {
    case: `failover that loses the last writes, REDIS_WAIT_REPLICAS=${waitReplicas}`,
    ...{ requests, answered, failed, wrongLogins: 0 },
    usedTwice: `${twice} of ${CODES} (${used(first)} before, ${used(second)} after)`,
    isGood: waitReplicas > 0 ? twice === 0 && used(second) === CODES : true
  }
}

function stores(databaseUrl: string, waitReplicas: number) {
  return { DATABASE_URL: databaseUrl, REDIS_WAIT_REPLICAS: `${waitReplicas}` }
}

/** Waits until one of them accepts writes; returns the moment (`performance.now()`). */
async function untilPrimary(replicas: Redis[]): Promise<number> {
  for (;;) {
    for (const replica of replicas) if ((await replica.role())[0] === 'master') return performance.now()
    await wait(5)
  }
}

/** Waits until a replica has what its master has. */
async function untilFollowing(replica: Redis): Promise<void> {
  while ((await replica.role())[3] !== 'connected') await wait(50)
}
