import { randomUUID } from 'node:crypto'
import Fastify, { LogController } from 'fastify'
import type { Config } from '../config/settings.ts'
import { badUrl, clientError, unmetExpectation } from '../plugins/error-handler.ts'
import { tidyKeyword } from '../text/tidy.ts'
import { type LoggerSettings, loggerOptions } from './logger.ts'

/** Fastify itself: how long a client may take, how large a body may be, and what is refused before a route sees it. */
export function createServer(
  { trustProxy, bodyLimitBytes, headersTimeoutMs, requestTimeoutMs }: Config['server'],
  logger: LoggerSettings
) {
  const app = Fastify({
    logger: loggerOptions(logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Node looks for late clients every 30 seconds unless told to look more often.
      connectionsCheckingInterval: 1_000
    },
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: badUrl,
    clientErrorHandler: clientError,
    // plugins/closing.ts answers it, in the contract's form.
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false, keywords: [tidyKeyword] } }
  })
  app.server.on('checkExpectation', unmetExpectation)
  return app
}
