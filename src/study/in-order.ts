/** Work on many things at a time that fails as work on one thing after the other would. */

/** Works on all items, `width` at a time, begun in their order. Throws what the first failing item in that order throws. */
export async function inOrder<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const failures = new Map<number, unknown>();
  const underWay = new Map<number, Promise<void>>();
  // What is already begun may end after another item has failed; only an item before that one can change which error it is.
  const isDecided = () => {
    const first = Math.min(...failures.keys());
    return [...underWay.keys()].every((index) => index > first);
  };
  for (const [index, item] of items.entries()) {
    while (underWay.size >= width) await Promise.race(underWay.values());
    if (failures.size > 0) break;
    const ended = work(item)
      .catch((error: unknown) => void failures.set(index, error))
      .finally(() => underWay.delete(index));
    underWay.set(index, ended);
  }
  while (underWay.size > 0 && !(failures.size > 0 && isDecided())) await Promise.race(underWay.values());
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}
