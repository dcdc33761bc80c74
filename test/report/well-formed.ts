/** A strict reader of the markup we write: tags balance, attributes are quoted, no number went wrong. */
import { expect } from 'vitest';

const VOID = new Set(['meta', 'link', 'br', 'hr']);
const TAG = /<(\/?)([a-z0-9]+)((?:\s+[a-zA-Z0-9:-]+(?:="[^"<]*")?)*)\s*(\/?)>/y;

export function expectWellFormed(markup: string): void {
  const open: string[] = [];
  let at = markup.startsWith('<!doctype html>') ? '<!doctype html>'.length : 0;
  while (at < markup.length) {
    const next = markup.indexOf('<', at);
    const text = markup.slice(at, next < 0 ? undefined : next);
    if (open.at(-1) !== 'style') expect(text.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[&>]/);
    if (next < 0) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(markup);
    expect(tag, `a tag at: ${markup.slice(next, next + 60)}`).not.toBeNull();
    const [whole, closing, name, , empty] = tag!;
    if (closing) expect(open.pop()).toBe(name);
    else if (!empty && !VOID.has(name!)) open.push(name!);
    at = next + whole.length;
  }
  expect(open).toEqual([]);
  expect(markup.replaceAll(/<style>[^<]*<\/style>/g, '')).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
}
