import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '../src/db/client.ts'
import { insertDepartment } from '../src/db/departments.ts'
import { endAllSessions } from '../src/db/end-all-sessions.ts'
import { migrate } from '../src/db/migrate.ts'
import { insertStaff } from '../src/db/staff.ts'
import { hashPassword } from '../src/passwords/hash.ts'
import { privateRedis } from './find-redis.ts'
import {
  type PrivatePostgres,
  postgresPrograms,
  runAsPostgres,
  startPrivatePostgres
} from './private-postgres.ts'
import { anyPhone, openService, type Service, type Tokens } from './rehearsal/service.ts'

// A backup is worth only as much as its restore: fill, back up, go on, lose everything, restore, and ask the service.
const PASSWORD = 'bog tulpor yomgir 7'
const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-restore-'))
// PostgreSQL runs as another user when this process is root.
chmodSync(folder, 0o777)
const [archive, dump, base] = ['archive', 'auth.dump', 'base-2026-11-27'].map((name) =>
  join(folder, name)
) as [string, string, string]
const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
const bin = postgresPrograms()
let wrong = 0

try {
  runAsPostgres('mkdir', [archive])
  const redis = await privateRedis()
  undo.push(redis.close)
  const server = await startPrivatePostgres({ archive_mode: 'on', archive_command: `cp %p ${archive}/%f` })
  undo.push(server.close)
  await server.ask('create database auth')
  const url = databaseOf(server, 'auth')
  await migrate(url)

  const service = await openService(url, redis.url)
  const people = await before(service, url)
  const at = ['-h', '127.0.0.1', '-p', `${server.port}`, '-U', 'postgres']
  runAsPostgres(`${bin}/pg_dump`, [...at, '-Fc', '-f', dump, 'auth'])
  runAsPostgres(`${bin}/pg_basebackup`, [...at, '-D', base, '-c', 'fast', '-X', 'stream'])
  await deleteOlderWal()
  const later = await after(service, people)
  // The moment before the mistake, by the clock of the database.
  const [{ moment }] = (await server.ask('select now()::text as moment')) as [{ moment: string }]
  await wait(1_000)
  await service.close()
  const client = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  await client.db.execute('delete from users')
  await client.close()
  await server.ask('select pg_switch_wal()')
  await until(
    async () =>
      (await server.ask("select 1 from pg_stat_archiver where last_archived_time > now() - interval '5 s'"))
        .length > 0
  )

  await server.ask('create database restored')
  runAsPostgres(`${bin}/pg_restore`, [...at, '-d', 'restored', '--exit-on-error', dump])
  await inspect('pg_restore of the dump', databaseOf(server, 'restored'), { ...people, ...later }, false)

  const recovered = await startPrivatePostgres(
    {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: moment,
      recovery_target_action: 'promote'
    },
    {
      fill: (_, target) => {
        runAsPostgres('cp', ['-a', `${base}/.`, target])
        runAsPostgres('touch', [join(target, 'recovery.signal')])
      }
    }
  )
  undo.push(recovered.close)
  await until(async () => (await recovered.ask('select 1 where not pg_is_in_recovery()')).length > 0)
  await inspect('recovery to the moment before', databaseOf(recovered, 'auth'), { ...people, ...later }, true)

  /** As docs/backup.md does it; the recovery has to do with what is left. */
  async function deleteOlderWal(): Promise<void> {
    const label = readFileSync(join(base, 'backup_label'), 'utf8')
    const [, oldest = ''] = /^START WAL LOCATION.*\(file (.*)\)$/m.exec(label) ?? []
    await until(async () => readdirSync(archive).includes(oldest))
    runAsPostgres(`${bin}/pg_archivecleanup`, [archive, oldest])
    row('the oldest WAL is that of the backup', readdirSync(archive).sort()[0] ?? 'none', oldest)
  }

  async function inspect(name: string, restored: string, who: Everybody, isLater: boolean): Promise<void> {
    const live = await openService(restored, redis.url)
    const alive = (isAlive: boolean) => (isAlive ? 200 : 401)
    process.stdout.write(`\n${name}\n`)
    row('the service is ready on it', await live.ready(), 200)
    row('a session of before', await live.me(who.stays.access), 200)
    row('a staff password', await live.staffLogin(who.clerk, PASSWORD), 200)
    row('a session of after the backup', await live.me(who.comes.access), alive(isLater))
    row('a session that was signed out after it', await live.me(who.leaves.access), alive(!isLater))
    row('an account that was deleted after it', await live.me(who.deletes.access), alive(!isLater))
    row('a refresh token of after it', (await live.refresh(who.renewed.refresh)).status, alive(isLater))
    const { db, close } = connect({ url: restored, poolMax: 1, timeoutMs: 5_000 })
    await endAllSessions(db, { before: new Date().toISOString(), limit: 1_000 })
    await close()
    row('each of them after `sessions end-all`', await live.me(who.stays.access), 401)
    row('… also what had come back', await live.me(who.leaves.access), 401)
    const again = await live.signIn(who.phone)
    row(
      'the same citizen signs in again',
      again.is_new_user ? 'as a new user' : await live.me(again.access),
      200
    )
    await live.close()
  }
} finally {
  for (const end of undo.reverse()) await end()
}
process.stdout.write(`\n${wrong === 0 ? 'All is as it should be.' : `${wrong} not as it should be.`}\n`)
process.exitCode = wrong === 0 ? 0 : 1

type People = Awaited<ReturnType<typeof before>>
type Everybody = People & Awaited<ReturnType<typeof after>>

/** The people who exist when the backup is made. */
async function before(service: Service, url: string) {
  const [phone, clerk] = [anyPhone(), anyPhone()]
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  const department = await insertDepartment(db, 'Passport office')
  const passwordHash = await hashPassword(PASSWORD)
  await insertStaff(db, { phone: clerk, departmentId: department?.id ?? '', fullName: 'Olim', passwordHash })
  await close()
  const signedIn = async () => service.signIn(anyPhone())
  return {
    phone,
    clerk,
    stays: await service.signIn(phone),
    leaves: await signedIn(),
    deletes: await signedIn(),
    renews: await signedIn()
  }
}

/** What happens between the backup and the mistake. */
async function after(service: Service, { leaves, deletes, renews }: People) {
  await service.logout(leaves.refresh)
  await service.deleteMe(deletes.access)
  const renewed: Tokens = await service.refresh((await service.refresh(renews.refresh)).refresh)
  return { renewed, comes: await service.signIn(anyPhone()) }
}

function row(what: string, found: number | string, expected: number | string): void {
  if (found !== expected) wrong += 1
  process.stdout.write(`  ${found === expected ? 'ok   ' : 'WRONG'} ${what.padEnd(45)} ${found}\n`)
}

function databaseOf({ url }: PrivatePostgres, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isTrue()); tries++) {
    if (tries > 300) throw new Error('it did not come about within 30 seconds')
    await wait(100)
  }
}
