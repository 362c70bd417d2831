import postgres from 'postgres'
import type { Rig } from './rig.ts'

export interface Fault {
  name: string
  /** What this machine lacks for it. */
  lacks?(rig: Rig): string | undefined
  /** Starts the fault; `end` ends it. */
  begin(rig: Rig): unknown
  end(rig: Rig): unknown
  /**
   * The signal that ends a process of the service. Its port is closed afterwards: new connections still in the kernel's queue are
   * cut and, if the process is killed, so are requests under way.
   */
  signal?: 'SIGKILL' | 'SIGTERM'
}

/** A script that Redis must end by force. */
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
  lacks: ({ clock }) => (clock ? undefined : 'libfaketime'),
  begin: ({ clock }) => clock?.jump(by),
  end: ({ clock }) => clock?.jump('+0')
})

const ended = (how: string, signal: 'SIGKILL' | 'SIGTERM'): Fault => ({
  name: `one of two processes ${how}`,
  signal,
  async begin({ services: [one] }) {
    const code = await one.end(signal)
    if (signal === 'SIGTERM' && code !== 0)
      throw new Error(`A request was read and not answered (exit code ${code}).`)
  },
  end: ({ services: [one] }) => one.start()
})

let held: postgres.Sql | undefined
let holding: postgres.Sql[] = []

/** Every fault, with how it begins and how it ends. */
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
      // Ends the service's connections, so that the clients above take their places.
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
      // On its own connection: Redis does not read the connection of an endless script before that ends.
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
    lacks: ({ disk }) => (disk.isOwn ? undefined : 'the right to mount a disk of its own'),
    begin: ({ disk }) => disk.fill(),
    async end({ disk, postgres, redis }) {
      disk.free()
      // A PostgreSQL that could not write its log has ended; an operator would start it again.
      await postgres.start()
      // Redis says MISCONF until it has tried to write again.
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
