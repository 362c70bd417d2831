/** A URL that names several hosts (`redis://user:password@one:6379,two:6379/0`) as URLs of one host each. */
export function urlsOfHosts(url: string): [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] =
    /^([a-z+]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is.exec(url) ?? []
  const [first = '', ...others] = hosts.split(',')
  return [before + first + after, ...others.map((host) => before + host + after)]
}

/** The hosts and ports that a URL names, for people: a password must not be in it. */
export function hostsOf(url: string): string {
  return urlsOfHosts(url)
    .map((one) => new URL(one).host)
    .join(', ')
}
