import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  ApiError,
  BodyTooLarge,
  type ErrorDefinition,
  ExpectationFailed,
  errorBody,
  InternalError,
  JsonInvalid,
  MediaTypeUnsupported,
  MigrationsPending,
  NotFound,
  RequestInvalid,
  ServiceUnavailable,
  ValidationFailed
} from '../errors.ts'
import { validationSentence } from '../http/validation-sentence.ts'
import { isOutage, isUnmigrated } from '../outage.ts'
import { languageOf } from '../text/language.ts'

/** Answers an address that is not even a URL: it reaches neither the router nor the hooks that set the headers. */
export function badUrl(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' })
  reply.code(NotFound.statusCode).send(translated(NotFound(), request, reply))
}

/** Answers what Node refuses before there is a request: headers that are too large, too late or not HTTP. */
export function clientError(error: Error & { code?: string }, socket: Socket): void {
  const statusCode = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400
  const { body, headers } = bareReply({ ...RequestInvalid, statusCode })
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  ]
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  else socket.destroy()
}

/** Refuses any `Expect` but `100-continue` (RFC 9110, 10.1.1); Node reports it before Fastify sees the request. */
export function unmetExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { body, headers } = bareReply(ExpectationFailed)
  response.writeHead(ExpectationFailed.statusCode, headers).end(body)
}

/** A reply in the contract's format to what never becomes a Fastify request. */
function bareReply(definition: ErrorDefinition) {
  const body = JSON.stringify(errorBody(definition))
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': randomUUID(),
    connection: 'close'
  }
  return { body, headers }
}

/** Turns every thrown error and every unknown address into the contract's error body; a 5xx never shows its cause. */
export default fp(
  async function errorHandler(fastify) {
    const logUnavailable = createUnavailableLog()
    fastify.setErrorHandler<FastifyError>((error, request, reply) => send(toApiError(error), request, reply))
    fastify.setNotFoundHandler((request, reply) => send(NotFound(), request, reply))

    function send(error: ApiError, request: FastifyRequest, reply: FastifyReply) {
      request.errorCode = error.code
      if (error.statusCode === 503) logUnavailable(request, error)
      else if (error.statusCode >= 500) request.log.error({ err: error.cause ?? error }, error.message)
      const body = translated(error, request, reply)
      if ('retry_after' in body) reply.header('retry-after', body.retry_after)
      if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
      return reply.code(error.statusCode).send(body)
    }
  },
  { name: 'error-handler' }
)

/** Returns the body in the client's language, and sets the headers that say so (RFC 9110, 8.5 and 12.5.5). */
function translated(error: ApiError, { headers }: FastifyRequest, reply: FastifyReply) {
  const language = languageOf(headers['accept-language']) ?? 'en'
  // The CORS plugin may have set `vary` already.
  const vary = [reply.getHeader('vary') ?? [], 'Accept-Language'].flat().join(', ')
  reply.headers({ 'content-language': language, vary })
  const { statusCode, code } = error
  return errorBody({ statusCode, code, message: error.messageIn(language) }, error.details)
}

const LOG_EVERY_MS = 1_000

/** Logs the first 503 of a code with its cause, then how many more came within a second: an outage must not fill the disk. */
function createUnavailableLog() {
  /** How often each error code was answered since its last log line. */
  const unlogged = new Map<string, number>()
  return function logUnavailable({ log }: FastifyRequest, error: ApiError): void {
    const { code, message } = error
    const times = unlogged.get(code)
    unlogged.set(code, times === undefined ? 0 : times + 1)
    if (times !== undefined) return
    log.error({ err: error.cause ?? error }, message)
    setTimeout(() => {
      const more = unlogged.get(code)
      unlogged.delete(code)
      if (more) log.error({ code, times: more }, `${message} (as often again within a second)`)
    }, LOG_EVERY_MS).unref()
  }
}

function toApiError(error: FastifyError): ApiError {
  if (error instanceof ApiError) return error
  const { validation } = error
  if (validation) return ValidationFailed((language) => validationSentence(validation, language))
  // Fastify's own refusals, from before a route sees the request, in our words and codes.
  const { code, message, statusCode = 500 } = error
  if (statusCode === 413) return BodyTooLarge()
  if (statusCode === 415) return MediaTypeUnsupported()
  const clientLeft = code === 'ECONNRESET' && message === 'aborted'
  if (clientLeft || code?.startsWith('FST_ERR_CTP') || error instanceof SyntaxError) return JsonInvalid()
  if (statusCode < 500) return new ApiError({ ...RequestInvalid, statusCode })
  if (isUnmigrated(error)) return MigrationsPending(undefined, error)
  if (isOutage(error)) return ServiceUnavailable(undefined, error)
  return InternalError(undefined, error)
}
