import { Socket } from 'node:net'
import Fastify from 'fastify'

const { log } = Fastify()

/** A request from an address (IPv4), as the guard sees it; `giveBack` does what its failure would do. */
export function requestFrom(address: string) {
  let undo: (() => Promise<unknown>) | undefined
  return {
    ip: address,
    socket: new Socket(),
    log,
    async undoOnFailure(step: () => Promise<unknown>) {
      undo = step
      return () => {
        undo = undefined
      }
    },
    async giveBack() {
      await undo?.()
    }
  }
}
