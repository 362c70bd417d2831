import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { singleInstance } from '../../scripts/dev-instance.ts'

/** The first instance on these stores, ended with the test. */
async function first(t: Test, stores: string) {
  const instance = await singleInstance(stores)
  if (!instance.isFirst) throw new Error(`${instance.address} runs`)
  t.teardown(instance.close)
  return instance
}

/** A folder of temporary files for this test alone. */
async function temporaryFolder(t: Test): Promise<string> {
  const before = process.env.TMPDIR
  // Not t.testdir: its name is too long for a socket.
  const folder = await mkdtemp(join(tmpdir(), 'dev-'))
  process.env.TMPDIR = folder
  t.teardown(async () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await rm(folder, { recursive: true })
  })
  return folder
}

t.test(
  'a second instance on the same stores learns that the first is starting, then where it serves',
  async (t) => {
    const stores = randomUUID()
    const { serve } = await first(t, stores)
    t.strictSame(await singleInstance(stores), { isFirst: false, address: '' })
    serve('http://127.0.0.1:3000')
    for (let times = 0; times < 3; times++)
      t.strictSame(await singleInstance(stores), { isFirst: false, address: 'http://127.0.0.1:3000' })
    t.ok((await first(t, randomUUID())).isFirst, 'other stores are free')
  }
)

t.test('exactly one of many instances that start at once is first', async (t) => {
  const stores = randomUUID()
  const started = await Promise.all(Array.from({ length: 10 }, () => singleInstance(stores)))
  const winners = started.flatMap((instance) => (instance.isFirst ? [instance] : []))
  for (const { close } of winners) t.teardown(close)
  t.equal(winners.length, 1)
})

t.test('an instance that has ended leaves nothing, and the next one is first', async (t) => {
  const folder = await temporaryFolder(t)
  const stores = randomUUID()
  const { close } = await first(t, stores)
  t.equal((await readdir(folder)).length, 1)
  close()
  t.strictSame(await readdir(folder), [])
  t.ok((await first(t, stores)).isFirst)
})

t.test('a killed instance does not block the next one', async (t) => {
  const folder = await temporaryFolder(t)
  const stores = randomUUID()
  const { close } = await first(t, stores)
  const [socket = ''] = await readdir(folder)
  close()
  const script = `require('net').createServer().listen('${folder}/${socket}', () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script]), 'close')
  t.strictSame(await readdir(folder), [socket], 'its socket is left')
  t.ok((await first(t, stores)).isFirst)
})

t.test('a socket that cannot be created is an error', async (t) => {
  const folder = await temporaryFolder(t)
  process.env.TMPDIR = `${folder}/none`
  await t.rejects(singleInstance(randomUUID()), /listen/)
})
