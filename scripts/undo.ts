/** What has to be done at the end, last thing first. */
export type Undo = (() => unknown)[]
