import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Undo } from '../undo.ts'

const SIZE_MB = 400

export type Disk = ReturnType<typeof mountDisk>

/** A disk in memory that can be full without harming others. Where it may not be mounted, it is a plain folder. */
export function mountDisk(undo: Undo) {
  const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-faults-'))
  const isOwn = isMounted(folder)
  undo.push(() => {
    if (isOwn) execFileSync('umount', ['--lazy', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  const ballast = join(folder, 'ballast')
  return {
    folder,
    isOwn,
    /** Writes until nothing more fits; in a child process, because the citizens go on living in this one. */
    async fill() {
      await once(spawn('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k'], { stdio: 'ignore' }), 'close')
    },
    free() {
      rmSync(ballast, { force: true })
    }
  }
}

function isMounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=755`, 'none', folder], {
      stdio: 'ignore'
    })
    return true
  } catch {
    return false
  }
}
