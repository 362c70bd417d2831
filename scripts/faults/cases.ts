import postgres from 'postgres'
import type { Rig } from './rig.ts'

export interface Fault {
  name: string
  /** Gives how to end it. */
  begin(rig: Rig): unknown
  end(rig: Rig): unknown
  /**
   * What ends a process of the service. Nobody listens there then; a new connection that stood in the kernel's queue is cut,
   * and where the process is killed, what is under way.
   */
  signal?: 'SIGKILL' | 'SIGTERM'
}

/** Bytes of a script that Redis must end by force. */
const ENDLESS = 'while true do end'
const SLOW_MS = 150
const CUT_ONE_OF = 20

const network = (store: 'PostgreSQL' | 'Redis', link: 'toPostgres' | 'toRedis'): Fault[] => {
  const end = (rig: Rig) => rig[link].forward()
  return [
    { name: `${store} refuses connections`, begin: (rig) => rig[link].refuse(), end },
    { name: `${store} hangs`, begin: (rig) => rig[link].hang(), end },
    {
      name: `${store} is cut in the middle of replies`,
      begin: (rig) => rig[link].cutReplies(CUT_ONE_OF),
      end
    },
    { name: `${store} is slow (${SLOW_MS} ms each way)`, begin: (rig) => rig[link].slow(SLOW_MS), end },
    { name: `${store} trickles`, begin: (rig) => rig[link].trickle(), end }
  ]
}

const readOnly =
  (value: string) =>
  async ({ postgres }: Rig) => {
    await postgres.ask(`alter system set default_transaction_read_only = ${value}`)
    await postgres.ask('select pg_reload_conf()')
  }

const gateway = (name: string, manner: 'hang' | 'refuse' | 'hangUp'): Fault => ({
  name: `the gateway ${name}`,
  begin: ({ gateway }) => gateway[manner](),
  end: ({ gateway }) => gateway.take()
})

const jump = (where: string, by: string): Fault => ({
  name: `the clock of the processes jumps two hours ${where}`,
  begin: ({ clock }) => clock?.jump(by),
  end: ({ clock }) => clock?.jump('+0')
})

const ended = (how: string, signal: 'SIGKILL' | 'SIGTERM'): Fault => ({
  name: `one of two processes ${how}`,
  signal,
  begin: ({ services: [one] }) => one.end(signal),
  end: ({ services: [one] }) => one.start()
})

let held: postgres.Sql | undefined
let holding: postgres.Sql[] = []

/** Each fault, and how it ends. */
export const faults: Fault[] = [
  ...network('PostgreSQL', 'toPostgres'),
  {
    name: 'PostgreSQL is read-only',
    begin: readOnly('on'),
    end: readOnly('off')
  },
  {
    name: 'PostgreSQL restarts',
    begin: ({ postgres }) => postgres.stop(),
    end: ({ postgres }) => postgres.start()
  },
  {
    name: 'PostgreSQL crashes',
    begin: ({ postgres }) => postgres.kill(),
    end: ({ postgres }) => postgres.start()
  },
  {
    name: 'PostgreSQL has no connection left',
    async begin({ postgres: { url, ask } }) {
      holding = Array.from({ length: 30 }, () => postgres(url, { max: 1, connect_timeout: 2 }))
      // Ends those of the service: theirs are the places that are taken.
      await ask(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'citizen-auth'"
      )
      await Promise.all(holding.map((client) => client`select 1`.catch(() => {})))
    },
    end: () => Promise.all(holding.map((client) => client.end({ timeout: 0 })))
  },
  {
    name: 'a lock is held on users',
    async begin({ postgres: { url } }) {
      held = postgres(url, { max: 1 })
      await held.unsafe('begin; lock table users in access exclusive mode')
    },
    end: () => held?.end({ timeout: 0 })
  },
  ...network('Redis', 'toRedis'),
  {
    name: 'Redis is a replica (READONLY)',
    begin: ({ redis }) => redis.client.replicaof('127.0.0.1', 1),
    end: ({ redis }) => redis.client.replicaof('NO', 'ONE')
  },
  {
    name: 'Redis crashes',
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.start()
  },
  {
    name: 'Redis has no memory left (OOM)',
    begin: ({ redis }) => redis.client.config('SET', 'maxmemory', '1'),
    end: ({ redis }) => redis.client.config('SET', 'maxmemory', '0')
  },
  {
    name: 'Redis is BUSY with a script',
    async begin({ redis }) {
      await redis.client.config('SET', 'busy-reply-threshold', '50')
      // On a connection of its own: that of the endless one is not read before it ends.
      const one = redis.client.duplicate()
      void one
        .eval(ENDLESS, 0)
        .catch(() => {})
        .finally(() => one.disconnect())
    },
    end: ({ redis }) => redis.client.script('KILL')
  },
  {
    name: 'the disk is full',
    begin: ({ disk }) => disk.fill(),
    async end({ disk, postgres, redis }) {
      disk.free()
      // A server that could not write its log has ended; an operator starts it.
      await postgres.start()
      // It says MISCONF until it has tried to write again.
      await redis.client.ping().catch(() => {})
    }
  },
  gateway('hangs', 'hang'),
  gateway('refuses', 'refuse'),
  gateway('hangs up', 'hangUp'),
  jump('ahead', '+2h'),
  jump('back', '-2h'),
  ended('is killed', 'SIGKILL'),
  ended('is told to end', 'SIGTERM')
]
