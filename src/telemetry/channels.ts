import { channel, tracingChannel } from 'node:diagnostics_channel'

/** A diagnostics channel for something that happens in the process; without a subscriber it costs nothing. */
function happening<Message extends object>(name: string) {
  const own = channel(`citizen-auth:${name}`)
  return {
    publish: (message: Message) => own.publish(message),
    /** Returns a function that unsubscribes the listener. */
    subscribe(listener: (message: Message) => void): () => void {
      const heard = (message: unknown) => listener(message as Message)
      own.subscribe(heard)
      return () => own.unsubscribe(heard)
    }
  }
}

/** A citizen asked for a code; `prefix` is the operator's, e.g. `+99890`. */
export const asked = happening<{ prefix: string }>('asked')
/** A message reached a stage, told once for each; `cost` is in the gateway's currency, if the gateway reports it. */
export const messages = happening<{
  gateway: string
  prefix: string
  stage: 'sent' | 'delivered' | 'used'
  parts?: number | undefined
  cost?: number | undefined
}>('messages')
/** A gateway did not take a message, or did not confirm that it did; `kind` is a `FailureKind`. */
export const gatewayFailures = happening<{ gateway: string; kind: string }>('gateway-failures')
/** A gateway reported the operator's remaining balance, in its currency. */
export const balances = happening<{ gateway: string; balance: number }>('balances')
/** A code was submitted; `void`: there was none to guess at, `wait`: its number has to wait. */
export const guesses = happening<{ verdict: 'right' | 'wrong' | 'void' | 'wait' }>('guesses')

/** A PostgreSQL statement or transaction, from when it is requested until it is done; its text holds no values. */
export const statements = tracingChannel<unknown, { text: string }>('citizen-auth:statements')
/** A Redis step, likewise; `name` is that of its Lua file. */
export const steps = tracingChannel<unknown, { name: string }>('citizen-auth:steps')
