// A list in parts.

/** Members by what `nameOf` says of each, in the order of the first ones. */
export function grouped(list, nameOf) {
  const groups = new Map();
  for (const one of list) {
    const name = nameOf(one);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  return groups;
}
