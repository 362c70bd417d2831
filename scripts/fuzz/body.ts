import fc from 'fast-check'
import { PHONES, STAFF } from './accounts.ts'
import { rawBody, text, value } from './junk.ts'

/** The parts of the API document's JSON schemas that are used here. */
export interface Schema {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  enum?: unknown[]
  format?: string
  minLength?: number
  maxLength?: number
}

/** Words in angle brackets stand for what the service issued last (target.ts). */
const phone = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PHONES, STAFF.phone) },
  fc.constantFrom(...PHONES).map((number) => number.replace(/(\d{3})(\d\d)(\d{3})/, ' $1 ($2) $3-')),
  fc.integer({ min: 0, max: 9_999_999 }).map((number) => `+99893${String(number).padStart(7, '0')}`)
)
const usual: Record<string, fc.Arbitrary<unknown>> = {
  phone_number: phone,
  code: fc.oneof({ weight: 3, arbitrary: fc.constant('<code>') }, fc.stringMatching(/^[0-9]{4,8}$/)),
  password: fc.constantFrom('<password>', 'not the password'),
  refresh: fc.constantFrom('<refresh>', '<refresh>', '<access>', '<spent>'),
  device_token: fc.constantFrom('<device>', 'q3Yk0n8mV1xT5rB7cJ2wLg')
}

/** A body that the schema allows, or nearly: with fields of wrong types, missing or unknown; or one that is not JSON. */
export function bodyOf(schema: Schema): fc.Arbitrary<string | Uint8Array> {
  const fits = fitting('', schema).map((body) => JSON.stringify(body))
  return fc.oneof(
    { weight: 6, arbitrary: fits },
    { weight: 4, arbitrary: nearly(schema).map((body) => JSON.stringify(body)) },
    rawBody
  )
}

function fitting(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const known = usual[name]
  if (known) return known
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => fitting(name, { ...schema, type })))
  if (schema.type === 'null') return fc.constant(null)
  if (schema.type === 'object') return fields(schema, fitting, schema.required ?? [])
  return fc.oneof(
    fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 300) }),
    fc.constant('Gulnora Karimova')
  )
}

function nearly(schema: Schema): fc.Arbitrary<object> {
  const odd = (name: string, field: Schema) => fc.oneof(fitting(name, field), value)
  const more = fc.array(fc.tuple(text, value), { maxLength: 2 })
  // `fromEntries` makes even __proto__ an own property.
  return fc
    .tuple(fields(schema, odd, []), more)
    .map(([body, extra]) => Object.fromEntries([...extra, ...Object.entries(body)]))
}

function fields(
  { properties = {} }: Schema,
  of: (name: string, schema: Schema) => fc.Arbitrary<unknown>,
  requiredKeys: string[]
): fc.Arbitrary<object> {
  const model = Object.entries(properties).map(([name, schema]) => [name, of(name, schema)] as const)
  return fc.record<Record<string, unknown>>(Object.fromEntries(model), { requiredKeys })
}
