type Path = readonly (string | number)[]

/** The path to every field and every item of a tree. */
export function paths(tree: unknown, path: Path = []): Path[] {
  if (typeof tree !== 'object' || tree === null) return []
  const keys = Array.isArray(tree) ? [...tree.keys()] : Object.keys(tree)
  return keys.flatMap((key) => [[...path, key], ...paths(Reflect.get(tree, key), [...path, key])])
}

/** A copy of the tree with another value at the end of the path. */
export function withValue<Tree>(tree: Tree, path: Path, value: unknown): Tree {
  const copy = structuredClone(tree)
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => Reflect.get(Object(node), key), copy)
  Reflect.set(Object(parent), path.at(-1) ?? '', value)
  return copy
}
