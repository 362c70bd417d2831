import { channel, tracingChannel } from 'node:diagnostics_channel'

/** What happens in the process, told to whoever counts it; without a listener it costs nothing. */
function happening<Message extends object>(name: string) {
  const own = channel(`citizen-auth:${name}`)
  return {
    publish: (message: Message) => own.publish(message),
    /** Gives a function that ends it. */
    subscribe(listener: (message: Message) => void): () => void {
      const heard = (message: unknown) => listener(message as Message)
      own.subscribe(heard)
      return () => own.unsubscribe(heard)
    }
  }
}

/** A citizen asked for a code; `prefix` names the operator, e.g. `+99890`. */
export const asked = happening<{ prefix: string }>('asked')
/** What became of a message, once for each stage; `cost` is in the gateway's currency, where it says. */
export const messages = happening<{
  gateway: string
  prefix: string
  stage: 'sent' | 'delivered' | 'used'
  parts?: number | undefined
  cost?: number | undefined
}>('messages')
/** A gateway did not take a message, or did not say so; `kind` is a `FailureKind`. */
export const gatewayFailures = happening<{ gateway: string; kind: string }>('gateway-failures')
/** A gateway told what is left of the operator's money, in its currency. */
export const balances = happening<{ gateway: string; balance: number }>('balances')
/** A code was brought; there was none to guess at (`void`), or its number has to wait. */
export const guesses = happening<{ verdict: 'right' | 'wrong' | 'void' | 'wait' }>('guesses')

/** A statement or a transaction of PostgreSQL, from when it is asked for until it is done; its text holds no value. */
export const statements = tracingChannel<unknown, { text: string }>('citizen-auth:statements')
/** A step in Redis likewise, by the name of its file. */
export const steps = tracingChannel<unknown, { name: string }>('citizen-auth:steps')
