/** Cleanup steps for the end, run in reverse order. */
export type Undo = (() => unknown)[]
