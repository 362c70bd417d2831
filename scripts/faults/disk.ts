import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
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
    fill() {
      const { bavail, bsize } = statfsSync(folder)
      try {
        writeFileSync(ballast, Buffer.alloc(bavail * bsize))
      } catch (error) {
        // The stores write at the same time, so less was free than it said.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      }
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
