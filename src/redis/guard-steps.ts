import { isIP } from 'node:net'
import type { Cluster, Redis } from 'ioredis'
import { networkOf } from '../http/client.ts'
import { defineStep } from './step.ts'

/** The names of the keys of an address and its network. The braces put them in one slot of a Redis Cluster. */
export function addressKeys(address: string, phone: string) {
  const network = `address:{${networkOf(address)}}`
  const own = isIP(address) === 6 ? `${network}:${address}` : network
  return {
    /** Counts the codes asked for and the guesses made in this minute. */
    calls: `${own}:calls`,
    sends: `${own}:sends`,
    failures: `${own}:failures`,
    signed_in: `${own}:signed-in`,
    /** Names of the sends and guesses that this number has not finished here. */
    unfinished: `${own}:unfinished:${phone}`,
    network_sends: `${network}:sends`,
    network_failures: `${network}:failures`,
    network_signed_in: `${network}:signed-in`
  }
}

/** The keys of the whole service. They share one slot of a Redis Cluster, because each count is one decision. */
export const SERVICE_KEYS = {
  /** Guesses that are being judged, and wrong guesses that no sign-in has followed. */
  pending: 'service:{all}:guesses:pending',
  wrong: 'service:{all}:guesses:wrong',
  strict: 'service:{all}:strict',
  sign_ins_of_day: 'service:{all}:sign-ins:day',
  sign_ins_of_ten_minutes: 'service:{all}:sign-ins:ten-minutes',
  /** Sends that no sign-in has followed. */
  unfinished: 'service:{all}:sms:unfinished',
  day: 'service:{all}:sms:day',
  hour: 'service:{all}:sms:hour'
}

/** Seconds to wait; seconds of long codes; numbers that signed in; how many times the guesses of strict mode were spent. */
export type AddressFinding = [wait: number, longFor: number, numbers: number, timesSpent: number]

/** What is unfinished, and what is left until callers must wait or codes get long; numbers that signed in. */
type AddressLeft = [sends: number, sendsLeft: number, guesses: number, guessesLeft: number, numbers: number]

export interface GuardPolicies {
  address: Record<string, number>
  strict: Record<string, number>
  sms: Record<string, number>
}

/** The counts that are not kept per number: per address (src/lua/address-*.lua), and for the whole service. */
export function guardSteps(redis: Redis | Cluster, policy: GuardPolicies) {
  const address = [
    'sends',
    'failures',
    'signed_in',
    'unfinished',
    'network_sends',
    'network_failures',
    'network_signed_in'
  ] as const
  const addressTake = (mustLast: boolean) =>
    defineStep<[flood: number, ...AddressFinding]>()(redis, 'address-take', {
      keys: ['calls', ...address],
      args: { name: String, is_guess: Number },
      policy: policy.address,
      mustLast
    })
  return {
    addressSend: addressTake(false),
    addressGuess: addressTake(true),
    addressForgive: defineStep<string[]>()(redis, 'address-forgive', {
      keys: address,
      args: { phone: String }
    }),
    addressLeft: defineStep<AddressLeft>()(redis, 'address-left', {
      keys: address,
      args: {},
      policy: policy.address
    }),
    guessTake: defineStep<[strictFor: number, isEntered: 0 | 1, isCrowded: 0 | 1]>()(redis, 'guess-take', {
      keys: ['pending', 'wrong', 'strict', 'sign_ins_of_day', 'sign_ins_of_ten_minutes'],
      args: { name: String },
      policy: policy.strict
    }),
    guessNote: defineStep<1>()(redis, 'guess-note', {
      keys: ['pending', 'wrong'],
      args: { name: String },
      mustLast: true
    }),
    smsTake: defineStep<[wait: number, strangerWait: number, strictFor: number]>()(redis, 'sms-take', {
      keys: ['day', 'hour', 'unfinished', 'strict'],
      args: { name: String },
      policy: policy.sms
    }),
    smsRefund: defineStep<0 | 1>()(redis, 'sms-refund', {
      keys: ['day', 'hour', 'unfinished'],
      args: { name: String }
    }),
    serviceLeft: defineStep<[hour: number, day: number, ofHour: number, ofDay: number, strictFor: number]>()(
      redis,
      'service-left',
      { keys: ['day', 'hour', 'unfinished', 'strict'], args: {}, policy: policy.sms }
    ),
    signInNote: defineStep<1>()(redis, 'sign-in-note', {
      keys: ['pending', 'wrong', 'unfinished', 'sign_ins_of_day', 'sign_ins_of_ten_minutes'],
      args: { names: String }
    })
  }
}
