/** Keys for what has no id of its own, or shares it. */

/** Items, newest first, with a `key`: their name, and which one of that name it is. */
export function withKeys(items, nameOf) {
  const turns = new Map();
  const named = [...items].reverse().map((item) => {
    const name = nameOf(item);
    turns.set(name, (turns.get(name) ?? 0) + 1);
    return { ...item, key: `${name} ${turns.get(name)}` };
  });
  return named.reverse();
}
