const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Stays, so that a second Ctrl-C does not end us in the middle of tidying up.
  process.on(name, () => controller.abort(new Error(`Interrupted by ${name}.`)))
}

/** Aborted by Ctrl-C: what takes long ends early, and the `finally` of who called it tidies up. */
export const interruption = controller.signal
