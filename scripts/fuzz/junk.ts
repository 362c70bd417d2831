import fc from 'fast-check'

/** Texts that have broken services before. */
const NASTY = [
  ...['', ' ', '\0', 'a\0b', '\r\n', 'null', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['\ud800', '\udc00x', '\ufeff', '\u202e', '\u2028', 'e\u0301', 'ﷺ', '👩‍👩‍👧‍👦', 'İ', 'ß', '٣٤٥٦'],
  ...['%00', '%ff', '%', '%2e%2e%2f', '../../etc/passwd', '\\\\', "' or 1=1 --", '$' + '{jndi:ldap://x}'],
  ...['1e999', '-0', '0x10', 'NaN', '9'.repeat(400), 'a'.repeat(3_000), '\u0301'.repeat(2_000)]
]

const utf16 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))

/** Any text, including lone surrogates. */
export const text = fc.oneof(fc.constantFrom(...NASTY), fc.string(), fc.string({ unit: 'binary' }), utf16)

/** Any value that JSON can express. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53, 1234, 998901234567),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.tuple(text, text), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  fc.jsonValue({ maxDepth: 3 })
)

/** What an HTTP header can hold: latin1 without control characters. */
export const headerText = fc.oneof(
  fc.constantFrom('', ',', ';', '"', '=', '*', 'x'.repeat(5_000), 'é'.repeat(300), ',;='.repeat(500)),
  fc
    .array(
      fc.integer({ min: 0x20, max: 0xff }).filter((unit) => unit !== 0x7f),
      { maxLength: 40 }
    )
    .map((units) => String.fromCharCode(...units).trim())
)

/** Bodies that are not JSON, or that only a careless parser accepts. */
export const rawBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  text,
  value.map((json) => JSON.stringify(json)),
  fc.integer({ min: 1, max: 8_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.integer({ min: 1, max: 2_500 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.integer({ min: 16_300, max: 20_000 }).map((length) => JSON.stringify({ a: 'x'.repeat(length) })),
  fc.constantFrom('{"__proto__":{"x":1}}', '{"a":1,"a":2}', '{"constructor":{"prototype":{}}}', '{', '[]')
)
