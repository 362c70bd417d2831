import fc from 'fast-check'
import { headerText } from './junk.ts'

/** One of the usual values most of the time, else an odd one. */
const often = (usual: string[], ...odd: string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: odd.length > 0 ? fc.constantFrom(...odd) : headerText },
    { weight: 1, arbitrary: headerText }
  )

const json = often(
  ['application/json', 'application/json; charset=utf-8'],
  ...['application/json;charset="UTF-8"', 'application/json; charset=utf-16', 'text/plain', 'text/html'],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/vnd.api+json'],
  ...['', ';', 'application/json;', 'application/json, text/plain', 'APPLICATION/JSON', 'json']
)
const bearer = often(
  ['Bearer <access>', 'Bearer <access>', 'Bearer <staff>'],
  ...['bearer <access>', 'Bearer <refresh>', 'Bearer <spent>', 'Bearer ', 'Bearer', 'Bearer a b'],
  ...['Basic YTpi', 'Bearer a.b.c', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Bearer <access>x', 'Bearer\t<access>']
)

const rare = {
  'accept-language': often(['uz', 'ru-RU,ru;q=0.9', 'kaa', '*'], 'en;q=2', ';q=', 'uz-Cyrl-UZ-x-y'),
  'idempotency-key': often(['8e03978e-40d5-43dd-bc93-6894a57f9324', '<access>']),
  'x-forwarded-for': often(['10.1.2.3'], '999.1.1.1', '[::1]:80', '::ffff:1.2.3.4, x', ','),
  'content-encoding': often(['identity'], 'gzip', 'br', 'gzip, gzip'),
  origin: often(['https://my.example.uz'], 'null', 'http://'),
  'access-control-request-method': often(['POST'], 'X'),
  'access-control-request-headers': headerText,
  'if-none-match': often(['*'], 'W/"x"'),
  'user-agent': headerText,
  accept: often(['*/*'], 'text/html', 'x'),
  cookie: headerText,
  range: often(['bytes=0-1'], 'bytes=5-1'),
  host: often(['127.0.0.1'], 'a/b', '[::1'),
  'x-request-id': headerText
}

/** Headers for a call: a content type and a token, nearly always where the call needs them and seldom where it does not. */
export function headers(hasBody: boolean, isSignedIn: boolean): fc.Arbitrary<Record<string, string>> {
  const now = (arbitrary: fc.Arbitrary<string>, usually: boolean) =>
    fc.oneof(
      { weight: usually ? 1 : 20, arbitrary: fc.constant(undefined) },
      { weight: usually ? 20 : 1, arbitrary }
    )
  const seldom = Object.entries(rare).map(([name, arbitrary]) => [name, now(arbitrary, false)] as const)
  const all = fc.record<Record<string, string | undefined>>({
    'content-type': now(json, hasBody),
    authorization: now(bearer, isSignedIn),
    ...Object.fromEntries(seldom)
  })
  return all.map((headers) =>
    Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    )
  )
}
