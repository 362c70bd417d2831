import type { Static, TSchema } from '@sinclair/typebox'

/**
 * The values in the examples of the API document. A request with them works in development, where the code signs in any
 * number; tokens, ids and the password stand for those that the service issued.
 */
export const samples = {
  typed: '+998 90 123-45-67',
  phone: '+998901234567',
  newTyped: '+998 91 765-43-21',
  newPhone: '+998917654321',
  code: '1111',
  device: 'q3Yk0n8mV1xT5rB7cJ2wLg',
  access: 'eyJhbGciOiJFUzI1NiJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl',
  refresh: 'eyJhbGciOiJFUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl',
  staffPhone: '+998900000001',
  password: 'correct horse battery staple',
  name: 'Gulnora Karimova',
  neighborhood: 'Yangi hayot MFY',
  location: '41.311081,69.240562',
  user: '0b0f9a52-6a0e-4d0c-9b55-3f0c7f7a9d11',
  session: '5f1c8f6e-2f0b-4f4e-8d55-1c6f2a7f3b10',
  department: '8a0a4a6e-7b7c-4c1e-9d2f-6f1f0f5f2c33',
  departmentName: 'Tashkent city',
  time: '2026-01-15T09:30:00.000Z',
  later: '2026-04-15T09:30:00.000Z'
} as const

/** Returns the schema with a complete example added. */
export function withExample<Schema extends TSchema>(schema: Schema, example: Static<Schema>): Schema {
  return { ...schema, examples: [example] }
}
