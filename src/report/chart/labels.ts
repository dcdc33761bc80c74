/** Names beside marks, each where it covers neither a mark nor another name; left out where there is no such place. */
import { CHARACTER } from './svg.ts';

export interface NamedMark {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface PlacedName extends NamedMark {
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const RADIUS = 6;
const LINE_HEIGHT = 14;

/** Places for the names, the first ones first; all within `bounds`. `marks`: what no name may cover. */
export function placeNames(
  named: readonly NamedMark[],
  marks: readonly { readonly x: number; readonly y: number }[],
  bounds: Box,
): PlacedName[] {
  const taken = marks.map(({ x, y }) => around(x, y));
  const placed: PlacedName[] = [];
  for (const mark of named) {
    const found = candidates(mark).find((each) => {
      const box = boxOf(each);
      return isInside(box, bounds) && !taken.some((other) => overlap(box, other));
    });
    if (found === undefined) continue;
    taken.push(boxOf(found));
    placed.push(found);
  }
  return placed;
}

/** Right, left, above, below. */
function candidates({ name, x, y }: NamedMark): PlacedName[] {
  return [
    { name, x: x + RADIUS + 2, y: y + 4, anchor: 'start' },
    { name, x: x - RADIUS - 2, y: y + 4, anchor: 'end' },
    { name, x, y: y - RADIUS - 3, anchor: 'middle' },
    { name, x, y: y + RADIUS + 11, anchor: 'middle' },
  ];
}

function around(x: number, y: number): Box {
  return { left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS };
}

function boxOf({ name, x, y, anchor }: PlacedName): Box {
  const width = name.length * CHARACTER;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - LINE_HEIGHT + 4, bottom: y + 3 };
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
