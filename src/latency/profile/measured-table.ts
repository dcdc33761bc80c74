/**
 * Measured times over one to four axes, linear between the measured points in every axis (not in its logarithm). Points
 * need not fill a box: each value of an axis has its own values of the next axis, so that a sweep may leave out what did
 * not fit. Below the first point of an axis its value holds. Beyond the last the time grows on with the slope between
 * about half the last point and the last, never falling: neighbouring points of a dense sweep differ by noise and tile
 * steps, half the range does not.
 */
import { InputError } from '../../core/input-error.ts';

export interface MeasuredTable {
  /** Measured values of this axis, ascending. */
  readonly knots: readonly number[];
  /** Where the slope beyond the last point starts: the last knot that is at most half of the last. */
  readonly slopeFrom: number;
  /** Of the last axis: one time a knot. Else one table over the remaining axes a knot. */
  readonly cells: { readonly times: Float64Array } | { readonly tables: readonly MeasuredTable[] };
}

export interface MeasuredPoint {
  /** One coordinate an axis. */
  readonly axes: readonly number[];
  /** Microseconds. */
  readonly us: number;
  /** `file:line`, for messages. */
  readonly at: string;
}

/** Builds the table of some points, all with as many axes; there must be one. */
export function measuredTable(points: readonly MeasuredPoint[], axis = 0): MeasuredTable {
  const byKnot = new Map<number, MeasuredPoint[]>();
  for (const point of points) {
    const knot = point.axes[axis]!;
    const same = byKnot.get(knot);
    if (same === undefined) byKnot.set(knot, [point]);
    else same.push(point);
  }
  const knots = [...byKnot.keys()].sort((a, b) => a - b);
  const groups = knots.map((knot) => byKnot.get(knot)!);
  const isLast = axis === points[0]!.axes.length - 1;
  return {
    knots,
    slopeFrom: Math.max(
      0,
      knots.findLastIndex((knot) => knot <= knots.at(-1)! / 2),
    ),
    cells: isLast
      ? { times: Float64Array.from(groups, single) }
      : { tables: groups.map((group) => measuredTable(group, axis + 1)) },
  };
}

function single([first, second]: readonly MeasuredPoint[]): number {
  if (second === undefined) return first!.us;
  throw new InputError(`${second.at}: the same point as ${first!.at}; expected each point once.`);
}

/** Microseconds at a point; coordinates beyond the table's number of axes are left out. */
export function timeAt(table: MeasuredTable, x: number, y = 0, z = 0, w = 0): number {
  const { knots } = table;
  const last = knots.length - 1;
  if (x <= knots[0]!) return cellAt(table, 0, y, z, w);
  if (x > knots[last]!) {
    const end = cellAt(table, last, y, z, w);
    if (last === 0) return end;
    const from = table.slopeFrom;
    const slope = (end - cellAt(table, from, y, z, w)) / (knots[last]! - knots[from]!);
    return end + Math.max(0, slope) * (x - knots[last]!);
  }
  const right = knotAtLeast(knots, x);
  const upper = cellAt(table, right, y, z, w);
  if (knots[right] === x) return upper;
  const left = knots[right - 1]!;
  const lower = cellAt(table, right - 1, y, z, w);
  return lower + ((upper - lower) * (x - left)) / (knots[right]! - left);
}

function cellAt({ cells }: MeasuredTable, index: number, y: number, z: number, w: number): number {
  return 'times' in cells ? cells.times[index]! : timeAt(cells.tables[index]!, y, z, w);
}

/** Index of the first knot that is x or more. */
function knotAtLeast(knots: readonly number[], x: number): number {
  let low = 0;
  let high = knots.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (knots[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last measured value of the first axis. */
export function lastKnot({ knots }: MeasuredTable): number {
  return knots.at(-1)!;
}

/** Whether a value of the first axis lies between measured ones. */
export function covers({ knots }: MeasuredTable, x: number): boolean {
  return x >= knots[0]! && x <= knots.at(-1)!;
}
