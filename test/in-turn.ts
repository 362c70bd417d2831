import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { keysLike, redis } from './helper.ts'

/** Runs test files one after another in this process, each with an empty Redis and its own tap timeout. */
export async function runInTurn(files: string[]): Promise<void> {
  for (const file of files) {
    // Done when the file is loaded: its tests are then in tap's queue, ahead of the next file.
    await t.test(file, async () => {
      t.setTimeout(t.options.timeout ?? 0)
      await Promise.all((await keysLike('*')).map((key) => redis.del(key)))
      await import(pathToFileURL(resolve(file)).href)
    })
  }
}
