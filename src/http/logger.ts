import { DrizzleQueryError } from 'drizzle-orm'
import type { FastifyServerOptions } from 'fastify'
import { maskPhone } from '../phone.ts'

export interface LoggerSettings {
  level: string
  /** Human-readable lines instead of JSON. */
  pretty?: boolean
  stream?: { write(line: string): void }
}

/** The options of Fastify's pino logger. Errors are reduced to what is safe to log. */
export function loggerOptions({
  level,
  pretty,
  stream
}: LoggerSettings): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    serializers: { err: safeError },
    ...(pretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } }
    }),
    ...(stream && { stream })
  }
}

type SafeError = {
  type: string
  code?: string
  message: string
  stack: string
  cause?: SafeError
}

/**
 * An error without the statement, parameters and keys that drivers attach to it. Drizzle's own message lists the
 * parameters, so its cause, the driver's error, is logged instead; phone numbers left in a message are masked.
 */
export function safeError(thrown: unknown, depth = 3): SafeError {
  const error = thrown instanceof Error ? thrown : new Error(`${typeof thrown} was thrown`)
  if (error instanceof DrizzleQueryError) return safeError(error.cause, depth)
  return {
    type: error.name,
    ...('code' in error && { code: String(error.code) }),
    message: maskNumbers(error.message),
    stack: maskNumbers(error.stack ?? ''),
    ...(error.cause !== undefined && depth > 0 && { cause: safeError(error.cause, depth - 1) })
  }
}

function maskNumbers(text: string): string {
  return text.replace(/\+?\d{9,15}/g, (number) =>
    number.startsWith('+') ? maskPhone(number) : `*****${number.slice(-2)}`
  )
}
