import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { freePort } from '../../scripts/find-redis.ts'
import { build, randomPhone, signUp } from '../helper.ts'

const folders = (process.env.PATH ?? '').split(delimiter)

/** Skipped where no Redis server is installed: Redis runs elsewhere then. */
if (folders.some((folder) => existsSync(join(folder, 'redis-server')))) {
  const { PRIMARY, startSentinels } = await import('../../scripts/redis-sentinels.ts')
  const { url, primary, replicas, sentinels, close } = await startSentinels()
  t.teardown(close)

  t.test('sentinels lead to the primary, even if the first one is dead at startup', async (t) => {
    const dead = `127.0.0.1:${await freePort()}`
    const built = await build(t, { REDIS_URL: url.replace('//', `//${dead},`) })
    t.ok((await signUp(built)).access)
    t.equal((await built.app.inject('/health/ready')).statusCode, 200)
  })

  t.test('startup fails with one sentence if the sentinels know no such primary', async (t) => {
    const [sentinel] = url.split(',')
    await t.rejects(build(t, { REDIS_URL: `${sentinel}/0?name=another` }), {
      message:
        /^No primary of that name answers, of which the sentinels at 127\.0\.0\.1:\d+ know \(REDIS_URL\)\.$/
    })
  })

  t.test('a failover interrupts calls only briefly, then the new primary keeps the codes', async (t) => {
    const built = await build(t, { REDIS_URL: url })
    t.ok((await signUp(built)).access)
    await sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', PRIMARY)
    // Until the old primary follows the new one, each call is answered or refused.
    for (let isOver = false; !isOver; await wait(50)) {
      const { statusCode } = await built.sendOtp(randomPhone())
      t.ok([200, 503].includes(statusCode), String(statusCode))
      isOver = (await primary.admin.role())[0] === 'slave'
    }
    for (let row = 0; row < 10; ) {
      const { statusCode } = await built.sendOtp(randomPhone())
      row = statusCode === 200 ? row + 1 : 0
      if (row === 0) await wait(50)
    }
    t.ok((await signUp(built)).access)
    const roles = await Promise.all(replicas.map(async ({ admin }) => (await admin.role())[0]))
    t.strictSame(roles.sort(), ['master', 'slave'])
  })
}
