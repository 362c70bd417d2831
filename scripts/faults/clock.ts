import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../src/config/settings.ts'

/** Debian's libfaketime. */
const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`

/** A clock for the service's processes that jumps on command; undefined where libfaketime is not installed. */
export function jumpingClock(folder: string): { env: Environment; jump(by: string): void } | undefined {
  if (!existsSync(LIBRARY)) return undefined
  const file = join(folder, 'clock')
  const jump = (by: string) => writeFileSync(file, by)
  jump('+0')
  const env = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1'
  }
  return { env, jump }
}
