import { once } from 'node:events'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net, { type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { findRedis } from '../../scripts/find-redis.ts'
import { start } from '../process.ts'
import { insteadOfDefault } from './private-redis.ts'

const REDIS_URL = process.env.TEST_REDIS_URL ?? ''
const PATH = process.env.PATH ?? ''
const installed = PATH.split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find(fs.existsSync)
/** For machines whose Redis is in a container: answers INFO as Redis does. */
const STAND_IN = `#!/usr/bin/env node
const info = 'redis_version:7.0.0'
require('net').createServer((socket) => socket.on('data', (commands) => {
  for (const _ of String(commands).match(/^\\*/gm)) socket.write(\`$\${info.length}\\r\\n\${info}\\r\\n\`)
}).on('error', () => {})).listen(process.argv[process.argv.indexOf('--port') + 1], '127.0.0.1')
`

const root = t.testdir()

/** A new folder with this program in it. */
function folderWith(name: string, script: string): string {
  const folder = fs.mkdtempSync(join(root, 'bin-'))
  fs.writeFileSync(join(folder, name), script, { mode: 0o755 })
  return folder
}

/** A PATH with a redis-server; the shell of this process looks there too until the test ends. */
function pathWithRedis(t: Test): string {
  const path = installed ? PATH : [folderWith('redis-server', STAND_IN), PATH].join(delimiter)
  process.env.PATH = path
  t.teardown(() => {
    process.env.PATH = PATH
  })
  return path
}

function onDefaultPort(t: Test, port: number) {
  t.intercept(net, 'createConnection', { value: insteadOfDefault(port) })
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

t.test('the Redis at REDIS_URL is used, and closing leaves it running', async (t) => {
  const redis = await findRedis({ REDIS_URL })
  t.equal(redis.url, REDIS_URL)
  t.match(redis.version, /^\d+\.\d+/)
  await redis.close()
  t.ok(await answers(REDIS_URL))
})

t.test('an unreachable REDIS_URL is reported without its password', async (t) => {
  const error: Error = await findRedis({ REDIS_URL: 'redis://user:hush@127.0.0.1:1' }).catch((error) => error)
  t.equal(error.message, 'No Redis answers at 127.0.0.1:1.')
})

t.test('the Redis on the default port is used without REDIS_URL', async (t) => {
  onDefaultPort(t, Number(new URL(REDIS_URL).port))
  t.equal((await findRedis({ PATH: '' })).url, 'redis://127.0.0.1:6379')
})

t.test('a Redis that hides its version is accepted', async (t) => {
  const server = net.createServer((socket) => {
    socket.on('data', (commands) => {
      for (const _ of String(commands).match(/^\*/gm) ?? []) socket.write('$2\r\nhi\r\n')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  t.equal((await findRedis({ REDIS_URL: `redis://127.0.0.1:${port}` })).version, 'of unknown version')
})

t.test('the error for a missing Redis lists ways to get one', async (t) => {
  onDefaultPort(t, 1)
  const message =
    /REDIS_URL.*brew install redis.*apt-get install redis-server.*docker run.*redis-memory-server/s
  await t.rejects(findRedis({ PATH: '' }), { message })
  await t.rejects(findRedis({}), { message })
})

t.test('a redis-server on the PATH is started on its own port and stopped by close', async (t) => {
  onDefaultPort(t, 1)
  const redis = await findRedis({ PATH: pathWithRedis(t) })
  t.not(new URL(redis.url).port, '6379')
  t.match(redis.version, /^\d+\.\d+/)
  t.ok(await answers(redis.url))
  await redis.close()
  t.notOk(await answers(redis.url))
})

t.test('a private Redis ends with its process, even if that is killed', async (t) => {
  const { child, said, ended } = start(t, 'test/scripts/private-redis.ts', [], { PATH: pathWithRedis(t) })
  const url = await said(/found (.*)\n/)
  t.ok(await answers(url))
  child.kill('SIGKILL')
  // Redis shares its standard error, which ends only when both are gone.
  await ended
  t.notOk(await answers(url))
})

t.test('redis-server is installed for root on Debian, without starting its service', async (t) => {
  onDefaultPort(t, 1)
  t.intercept(process, 'getuid', { value: () => 0 })
  const { existsSync } = fs
  t.teardown(syncBuiltinESMExports)
  t.intercept(fs, 'existsSync', {
    value: (path: string) => path === '/etc/debian_version' || existsSync(path)
  })
  syncBuiltinESMExports()
  const folder = folderWith('apt-get', '#!/bin/sh\necho "$RUNLEVEL $*" >> "$0.log"\n')
  pathWithRedis(t)
  const redis = await findRedis({ PATH: folder })
  t.teardown(redis.close)
  t.ok(await answers(redis.url))
  t.strictSame(fs.readFileSync(`${folder}/apt-get.log`, 'utf8').split('\n'), [
    '1 update -qq',
    '1 install -qq --no-install-recommends redis-server',
    ''
  ])
})
