/** One sentence for the operator: why the service could not start and, where known, which setting to change. */
export function whyNoStart(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const place = `${address}:${port}`
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is already in use; choose another port with PORT= or METRICS_PORT=.`
    case 'EACCES':
      return `${place} needs rights that this user does not have; choose a port from 1024 on with PORT= or METRICS_PORT=.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST= or METRICS_HOST= is no address of this machine (${code}).`
    default:
      return error.message
  }
}
