/** Splits a URL that names several hosts (`redis://user:password@one:6379,two:6379/0`) into URLs with one host each. */
export function urlsOfHosts(url: string): [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] =
    /^([a-z+]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is.exec(url) ?? []
  const [first = '', ...others] = hosts.split(',')
  return [before + first + after, ...others.map((host) => before + host + after)]
}

/** The hosts and ports in a URL, for display: without the password. */
export function hostsOf(url: string): string {
  return urlsOfHosts(url)
    .map((one) => new URL(one).host)
    .join(', ')
}
