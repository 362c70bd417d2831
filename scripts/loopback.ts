/** @throws when a store is on another machine: a program that attacks or loads must not hit anybody else */
export function onlyLoopback(url: string): void {
  const { hostname } = new URL(url)
  if (!/^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname))
    throw new Error(`Loopback only, not ${hostname}.`)
}
