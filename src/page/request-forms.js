/** How requests, with their headers, are shown. */
export const FORMS = { curl: asCurl, fetch: asFetch, JSON: asJson }

function asCurl({ method, path, body, headers }) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`
  const lines = [`curl -X ${method} ${quote(location.origin + path)}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quote(`${name}: ${value}`)}`)
  if (body) lines.push(`-d ${quote(JSON.stringify(body))}`)
  return lines.join(' \\\n  ')
}

function asFetch({ method, path, body, headers }) {
  const text = JSON.stringify({ method, headers }, null, 2)
  const whole = body ? text.replace(/\n\}$/, `,\n  "body": JSON.stringify(${JSON.stringify(body)})\n}`) : text
  return `await fetch(${JSON.stringify(location.origin + path)}, ${whole})`
}

function asJson({ method, path, body, headers }) {
  return JSON.stringify({ method, path, headers, body }, null, 2)
}
