import { existsSync } from 'node:fs'
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredKey } from './jwk.ts'
import { formatKeys, KeysInvalid, parseKeys } from './key.ts'

/** A key file that cannot be used; the message names the file, the problem and the remedy. */
export class KeyFileInvalid extends Error {
  override name = 'KeyFileInvalid'
}

/** Reads the text of a key file, and whether anybody but its owner has access to it. @throws KeyFileInvalid */
export async function readKeyFile(path: string): Promise<{ text: string; exposed: boolean }> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { text, exposed: (mode & 0o077) !== 0 }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new KeyFileInvalid(`There is no key file ${path}; "manage keys generate" makes it.`)
    throw new KeyFileInvalid(`The key file ${path} cannot be read: ${error}`)
  }
}

/** Parses the text of this key file. @throws KeyFileInvalid */
export function keysIn(path: string, text: string): StoredKey[] {
  try {
    return parseKeys(text)
  } catch (error) {
    if (!(error instanceof KeysInvalid)) throw error
    const wayOut =
      'Put a good one there, or move it away: "manage keys generate" makes one where there is none.'
    throw new KeyFileInvalid(`The key file ${path} cannot be used: ${error.message}. ${wayOut}`)
  }
}

/**
 * Changes the key file atomically, so that its readers find either the old keys or the new ones. The temporary file that
 * replaces it is also the lock: if two operators come at once, one is told to wait.
 * @param change gets the keys, none if there is no file yet; if it throws, everything stays as it was
 */
export async function changeKeyFile(path: string, change: (keys: StoredKey[]) => StoredKey[]): Promise<void> {
  // Follows a symbolic link, so that it stays one.
  const target = existsSync(path) ? await realpath(path) : path
  const draft = `${target}.lock`
  const file = await openAlone(draft)
  try {
    const old = existsSync(target) ? await readKeyFile(target) : undefined
    const keys = change(old ? keysIn(path, old.text) : [])
    await file.writeFile(formatKeys(keys))
    // Otherwise the service could not read a file that root has written.
    if (old) await giveTo(file, target)
    await file.sync()
    await rename(draft, target)
  } catch (error) {
    await rm(draft)
    throw error
  } finally {
    await file.close()
  }
  await syncFolder(dirname(target))
}

async function openAlone(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new KeyFileInvalid(`${path} cannot be written: ${error.message}`)
    throw new KeyFileInvalid(`Somebody else changes the keys right now; if nobody does, delete ${path}.`)
  })
}

async function giveTo(file: FileHandle, like: string): Promise<void> {
  const { uid, gid, mode } = await stat(like)
  await file.chown(uid, gid).catch((error: unknown) => {
    throw new KeyFileInvalid(
      `${like} stays as it was: it belongs to the user ${uid} and the group ${gid}, and only that user or root can give a new file to them (${error}).`
    )
  })
  // After the change of owner, which can clear permission bits.
  await file.chmod(mode & 0o777)
}

/** Makes the rename durable, so that a power cut cannot undo it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}
