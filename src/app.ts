import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import sensible from '@fastify/sensible'
import Fastify, { LogController } from 'fastify'
import type { Config } from './config.ts'
import { guardPolicy } from './guard-policy.ts'
import jsonBody from './json-body.ts'
import { type LoggerSettings, loggerOptions } from './logger.ts'
import { createMockGateway } from './mock-gateway.ts'
import { otpMessageParts } from './otp-message.ts'
import addressGuard from './plugins/address-guard.ts'
import auth from './plugins/auth.ts'
import breaker from './plugins/breaker.ts'
import closing from './plugins/closing.ts'
import cors, { LOCALHOST } from './plugins/cors.ts'
import db from './plugins/db.ts'
import dbClock from './plugins/db-clock.ts'
import errorHandler, { badUrl, clientError, unmetExpectation } from './plugins/error-handler.ts'
import headers from './plugins/headers.ts'
import jwt from './plugins/jwt.ts'
import loginLimit from './plugins/login-limit.ts'
import methods from './plugins/methods.ts'
import openapi from './plugins/openapi.ts'
import otp from './plugins/otp.ts'
import passwords from './plugins/passwords.ts'
import phone from './plugins/phone.ts'
import phoneChangeLimit from './plugins/phone-change-limit.ts'
import proxyWarning from './plugins/proxy-warning.ts'
import rateLimit from './plugins/rate-limit.ts'
import redis from './plugins/redis.ts'
import redisPolicy from './plugins/redis-policy.ts'
import requestLog from './plugins/request-log.ts'
import sessionSweep from './plugins/session-sweep.ts'
import sessions from './plugins/sessions.ts'
import sms, { type SmsGateway } from './plugins/sms.ts'
import smsBudget from './plugins/sms-budget.ts'
import testNumbers from './plugins/test-numbers.ts'
import timeLimit from './plugins/time-limit.ts'
import authRoutes from './routes/auth/index.ts'
import inboxRoutes from './routes/dev/inbox.ts'
import healthRoutes from './routes/health.ts'
import jwksRoutes from './routes/jwks.ts'
import rootRoutes from './routes/root.ts'
import userRoutes from './routes/users/index.ts'
import { readTestNumber } from './test-number.ts'
import { tidyKeyword } from './tidy.ts'

export interface Overrides {
  /** Carries the SMS instead of the gateway that the settings name. */
  smsGateway?: SmsGateway
  logger?: Omit<LoggerSettings, 'level'>
}

/** The whole service, ready to `listen` or `inject`; everything it registers, in the order of need. */
export function buildApp(config: Config, overrides: Overrides = {}) {
  const app = Fastify({
    logger: loggerOptions({ level: config.LOG_LEVEL, ...overrides.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: config.TRUST_PROXY,
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    // Node looks for late clients every 30 seconds unless told to look more often.
    http: {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      requestTimeout: config.REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000
    },
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: badUrl,
    clientErrorHandler: clientError,
    // plugins/closing.ts answers it, in the contract's form.
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false, keywords: [tidyKeyword] } }
  })
  app.register(jsonBody)
  app.server.on('checkExpectation', unmetExpectation)

  app.register(sensible)
  app.register(errorHandler)
  app.register(timeLimit, { limitMs: config.HANDLER_TIMEOUT_MS })
  app.register(requestLog)
  app.register(proxyWarning)
  app.register(headers)
  // What is under way is answered by then, if with a 503.
  app.register(closing, { lastCallMs: config.HANDLER_TIMEOUT_MS + 1_000 })
  app.register(methods)
  app.register(cors, {
    origins: [...config.CORS_ORIGINS, ...(config.NODE_ENV === 'development' ? [LOCALHOST] : [])],
    maxAgeSeconds: config.CORS_MAX_AGE_SECONDS
  })
  app.register(openapi)

  app.register(db, {
    url: config.DATABASE_URL,
    poolMax: config.DATABASE_POOL_MAX,
    timeoutMs: config.DATABASE_TIMEOUT_MS,
    queue: { max: config.DATABASE_QUEUE_MAX, timeoutMs: config.DATABASE_QUEUE_TIMEOUT_MS }
  })
  app.register(dbClock, { checkMs: config.DATABASE_CLOCK_CHECK_MS })
  app.register(redis, {
    url: config.REDIS_URL,
    cluster: config.REDIS_CLUSTER,
    keyPrefix: config.REDIS_KEY_PREFIX,
    timeoutMs: config.REDIS_TIMEOUT_MS
  })
  app.register(redisPolicy, { allowEviction: config.REDIS_ALLOW_EVICTION })
  app.register(rateLimit, { max: config.RATE_LIMIT_MAX })

  const policy = guardPolicy(config)
  app.register(phone, { countries: config.PHONE_COUNTRIES })
  const mockGateway = createMockGateway({ file: config.SMS_MOCK_FILE })
  app.register(sms, { gateway: overrides.smsGateway ?? mockGateway, timeoutMs: config.SMS_TIMEOUT_MS })
  app.register(smsBudget, {
    policy: policy.sms,
    partsPerCode: otpMessageParts(
      Math.max(config.OTP_LENGTH, config.OTP_LONG_LENGTH),
      config.OTP_TTL_SECONDS
    ),
    ttlSeconds: config.OTP_TTL_SECONDS
  })
  app.register(breaker, {
    policy: policy.breaker,
    mode: config.STRICT_MODE,
    checkMs: config.BREAKER_CHECK_MS
  })
  app.register(otp, {
    secret: config.OTP_SECRET,
    length: config.OTP_LENGTH,
    longLength: config.OTP_LONG_LENGTH,
    ttlSeconds: config.OTP_TTL_SECONDS,
    resendSeconds: config.OTP_RESEND_SECONDS,
    policy: policy.number,
    strict: policy.strict.number,
    ...(config.DEBUG && { bypassCode: '1111' })
  })
  app.register(addressGuard, { policy: policy.address, strict: policy.strict.address })
  app.register(testNumbers, {
    numbers: config.TEST_NUMBERS.map((entry) => readTestNumber(entry, config.PHONE_COUNTRIES)),
    ttlSeconds: config.OTP_TTL_SECONDS,
    maxFailuresPerDay: config.OTP_MAX_FAILURES_PER_DAY
  })
  app.register(phoneChangeLimit, { sendsPerDay: config.PHONE_CHANGE_SENDS_PER_DAY })
  app.register(passwords, {
    concurrency: config.PASSWORD_HASH_CONCURRENCY ?? availableParallelism(),
    queueMax: config.PASSWORD_HASH_QUEUE_MAX
  })
  app.register(loginLimit, { policy: policy.staff })

  app.register(jwt, {
    secret: config.JWT_SECRET,
    keyFile: config.JWT_KEYS,
    checkMs: config.JWT_KEYS_CHECK_MS,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    refreshAudience: config.JWT_REFRESH_AUDIENCE
  })
  app.register(sessions, {
    accessTtlSeconds: config.ACCESS_TTL_SECONDS,
    refreshTtlSeconds: config.REFRESH_TTL_SECONDS,
    citizenTtlSeconds: config.SESSION_TTL_SECONDS,
    staffTtlSeconds: config.STAFF_ACCESS_TTL_SECONDS,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
    dormantDays: config.PHONE_DORMANT_DAYS
  })
  app.register(sessionSweep, {
    everySeconds: config.SESSION_SWEEP_SECONDS,
    keepSeconds: config.SESSION_KEEP_SECONDS,
    batch: config.SESSION_SWEEP_BATCH
  })
  app.register(auth, { reauthSeconds: config.REAUTH_SECONDS })

  app.register(authRoutes, { prefix: '/api/auth' })
  app.register(userRoutes, { prefix: '/api/users' })
  app.register(jwksRoutes, { maxAgeSeconds: config.JWKS_MAX_AGE_SECONDS })
  app.register(healthRoutes)
  app.register(rootRoutes)
  if (config.DEBUG && !overrides.smsGateway)
    app.register(inboxRoutes, { prefix: '/dev', gateway: mockGateway })

  return app
}
