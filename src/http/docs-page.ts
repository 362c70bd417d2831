import { samples } from './samples.ts'

/** The page may load nothing from other origins, and run only scripts that are files of ours. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/**
 * Runs in the browser before Swagger UI starts. After a sign-in on the page, its other calls are signed in too and their
 * examples work: the sample tokens and session in them are replaced by those of the last sign-in.
 */
export const script = `
const own = new Map()
const startSwaggerUi = SwaggerUIBundle
let ui

function requestInterceptor(request) {
  for (const [sample, value] of own) {
    request.url = request.url.replace(sample, value)
    if (typeof request.body === 'string') request.body = request.body.replace(sample, value)
  }
  return request
}

function responseInterceptor(response) {
  const { access, refresh } = (response.ok && response.obj) || {}
  if (!access) return response
  const { sid } = JSON.parse(atob(access.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')))
  own.set('${samples.session}', sid)
  if (refresh) own.set('${samples.refresh}', refresh)
  ui.preauthorizeApiKey('bearerAuth', access)
  return response
}

// There is one server, this one.
const oneServer = () => ({ wrapComponents: { ServersContainer: () => () => null } })

// Swagger UI leaves these without a name for who cannot see them.
const names = {
  '.body-param__text': 'Body of the request',
  '.examples-select-element': 'Example',
  '.copy-to-clipboard button': 'Copy'
}
new MutationObserver(() => {
  for (const [selector, name] of Object.entries(names))
    for (const element of document.querySelectorAll(selector + ':not([aria-label])'))
      element.setAttribute('aria-label', name)
}).observe(document.body, { childList: true, subtree: true })

SwaggerUIBundle = Object.assign((config) => {
  ui = startSwaggerUi({
    ...config,
    layout: 'BaseLayout',
    tryItOutEnabled: true,
    plugins: [...config.plugins, oneServer],
    requestInterceptor,
    responseInterceptor
  })
  return ui
}, startSwaggerUi)
`
