import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type postgres from 'postgres'

/** Linux reports CPU times in hundredths of a second. */
const TICK_MS = 10

/** CPU time of a process (ms); NaN when it does not run on this machine, or this is not Linux. */
export function cpuOf(pid: number, program = 'node'): number {
  const [, name, rest = ''] = /\((.*)\) (.*)/s.exec(readProc(pid, 'stat')) ?? []
  // `utime` and `stime` are fields 14 and 15 of proc(5); `rest` begins with field 3.
  const [user, system] = rest.split(' ').slice(11)
  return name === program ? (Number(user) + Number(system)) * TICK_MS : Number.NaN
}

/** Resident memory of a process, in megabytes. */
export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1]) / 1_024
}

/** CPU time so far (ms): of the program, of the sessions of its database, and of Redis. */
export async function usage(pid: number, sql: postgres.Sql, redis: Redis): Promise<Record<string, number>> {
  const sessions = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
  const info = await redis.info('cpu')
  const [system, user] = [...info.matchAll(/used_cpu_(?:sys|user):([\d.]+)/g)].map(([, seconds]) =>
    Number(seconds)
  )
  return {
    Node: cpuOf(pid),
    PostgreSQL: sessions.reduce((sum, { pid }) => sum + cpuOf(pid, 'postgres'), 0),
    Redis: ((system ?? 0) + (user ?? 0)) * 1_000
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
