import type { Config } from './config/settings.ts'
import type { LoggerSettings } from './http/logger.ts'
import { createServer } from './http/server.ts'
import auth from './plugins/auth.ts'
import captcha from './plugins/captcha.ts'
import db from './plugins/db.ts'
import dbClock from './plugins/db-clock.ts'
import fairShare from './plugins/fair-share.ts'
import guard from './plugins/guard.ts'
import idempotency from './plugins/idempotency.ts'
import jwt from './plugins/jwt.ts'
import limits from './plugins/limits.ts'
import metrics from './plugins/metrics.ts'
import otp from './plugins/otp.ts'
import passwords from './plugins/passwords.ts'
import phone from './plugins/phone.ts'
import rateLimit from './plugins/rate-limit.ts'
import redis from './plugins/redis.ts'
import redisPolicy from './plugins/redis-policy.ts'
import sessionSweep from './plugins/session-sweep.ts'
import sessions from './plugins/sessions.ts'
import shedding from './plugins/shedding.ts'
import sms from './plugins/sms.ts'
import smsTexts from './plugins/sms-texts.ts'
import testNumbers from './plugins/test-numbers.ts'
import authRoutes from './routes/auth/index.ts'
import callbackRoutes from './routes/callbacks.ts'
import devRoutes from './routes/dev/index.ts'
import healthRoutes from './routes/health.ts'
import jwksRoutes from './routes/jwks.ts'
import rootRoutes from './routes/root.ts'
import userRoutes from './routes/users/index.ts'
import type { Gateway } from './sms/gateway.ts'
import { createGateways } from './sms/gateways.ts'

export interface Overrides {
  /** Gateways that replace those named in the settings. */
  smsGateways?: readonly Gateway[]
  logger?: Omit<LoggerSettings, 'level'>
}

/** Builds the whole service, ready to `listen` or `inject`; plugins are registered in the order of their dependencies. */
export function buildApp(config: Config, { smsGateways, logger }: Overrides = {}) {
  const app = createServer(config, { level: config.process.logLevel, ...logger })
  const gateways = smsGateways ?? createGateways(config)

  app.register(db, config.database)
  app.register(shedding, config.shedding)
  app.register(dbClock, config.database)
  app.register(redis, config.redis)
  app.register(redisPolicy, config.redis)
  app.register(rateLimit, config.rateLimit)
  app.register(fairShare, config.user)
  app.register(phone, config.phone)
  app.register(smsTexts, config)
  app.register(sms, { ...config, gateways })
  app.register(captcha, config.captcha)
  app.register(guard, config)
  app.register(otp, { ...config.otp, debug: config.process.debug })
  app.register(idempotency, config.otp)
  app.register(limits, { login: config.login, phoneChange: config.phoneChange, otp: config.otp })
  app.register(testNumbers, { ...config.test, phone: config.phone, otp: config.otp })
  app.register(passwords, config.passwords)
  app.register(metrics, config)

  app.register(jwt, config.jwt)
  app.register(sessions, config.sessions)
  app.register(sessionSweep, config.sweep)
  app.register(auth, config.auth)

  app.register(authRoutes, { prefix: '/api/auth' })
  app.register(userRoutes, { prefix: '/api/users' })
  app.register(jwksRoutes, config.jwks)
  app.register(callbackRoutes, { prefix: '/callbacks', ...config })
  app.register(healthRoutes)
  app.register(rootRoutes)
  app.register(devRoutes, { prefix: '/dev', ...config })

  return app
}
