/** Names cut to a width so that rows can still be told apart: from the end that they have in common, or else in the middle. */

const MARK = '…';

/** Texts of at most `width` characters; those that fit are left as they are. */
export function shortNames(names: readonly string[], width: number): string[] {
  if (names.every(({ length }) => length <= width)) return [...names];
  const cuts = [cutEnd, cutMiddle, cutStart].map((cut) => names.map((name) => cut(name, width)));
  const different = cuts.map((texts) => new Set(texts).size);
  return cuts[different.indexOf(Math.max(...different))]!;
}

function cutEnd(name: string, width: number): string {
  return name.length <= width ? name : `${name.slice(0, width - 1)}${MARK}`;
}

function cutStart(name: string, width: number): string {
  return name.length <= width ? name : `${MARK}${name.slice(name.length - width + 1)}`;
}

function cutMiddle(name: string, width: number): string {
  if (name.length <= width) return name;
  const head = Math.ceil((width - 1) / 2);
  const tail = width - 1 - head;
  return `${name.slice(0, head)}${MARK}${name.slice(name.length - tail)}`;
}
