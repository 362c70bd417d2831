import { randomUUID } from 'node:crypto'
import sensible from '@fastify/sensible'
import Fastify, { LogController } from 'fastify'
import type { Config } from '../config/settings.ts'
import closing from '../plugins/closing.ts'
import cors from '../plugins/cors.ts'
import errorHandler, { badUrl, clientError, unmetExpectation } from '../plugins/error-handler.ts'
import headers from '../plugins/headers.ts'
import jsonBody from '../plugins/json-body.ts'
import methods from '../plugins/methods.ts'
import openapi from '../plugins/openapi.ts'
import proxyWarning from '../plugins/proxy-warning.ts'
import requestLog from '../plugins/request-log.ts'
import timeLimit from '../plugins/time-limit.ts'
import traces from '../plugins/traces.ts'
import { tidyKeyword } from '../text/tidy.ts'
import { type LoggerSettings, loggerOptions } from './logger.ts'

/** Creates the Fastify server, set up for what all requests share: parsing, replies, errors, time limits and logging. */
export function createServer(
  config: Pick<Config, 'server' | 'cors' | 'process' | 'traces'>,
  logger: LoggerSettings
) {
  const { trustProxy, bodyLimitBytes, headersTimeoutMs, requestTimeoutMs, handlerTimeoutMs } = config.server
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
      // By default Node checks for late clients only every 30 seconds.
      connectionsCheckingInterval: 1_000
    },
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: badUrl,
    clientErrorHandler: clientError,
    // plugins/closing.ts sends that 503, in the contract's format.
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false, keywords: [tidyKeyword] } }
  })
  app.server.on('checkExpectation', unmetExpectation)

  app.register(traces, config.traces)
  app.register(jsonBody)
  app.register(sensible)
  app.register(errorHandler)
  app.register(timeLimit, config.server)
  app.register(requestLog)
  app.register(proxyWarning)
  app.register(headers)
  // By then the requests under way have been answered, if only with a 503.
  app.register(closing, { lastCallMs: handlerTimeoutMs + 1_000 })
  app.register(methods)
  app.register(cors, { ...config.cors, allowLocalhost: config.process.debug })
  app.register(openapi)
  return app
}
