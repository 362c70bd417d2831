const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The handler stays, so that a second Ctrl-C does not end the process in the middle of its cleanup.
  process.on(name, () => controller.abort(new Error(`Interrupted by ${name}.`)))
}

/** Aborted by Ctrl-C or SIGTERM: long work ends early, and the `finally` of its caller cleans up. */
export const interruption = controller.signal
