import type { FoundRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

/** The stores that the tests run on (test/helper.ts, test/database.ts). */
export interface TestStores {
  description: string
  /** An environment that names them. */
  env: NodeJS.ProcessEnv
  close(): Promise<void>
}

/** Adds a template database to this Redis. */
export async function testStores(redis: FoundRedis): Promise<TestStores> {
  const template = await templateDatabase()
  return {
    description: `Redis ${redis.version} at ${new URL(redis.url).host} and ${template.description}`,
    env: { ...process.env, TEST_REDIS_URL: redis.url, TEST_DATABASE_TEMPLATE: template.source },
    close: async () => {
      await template.drop()
      await redis.close()
    }
  }
}
