/**
 * Which class a row of a trace belongs to: the one that its `class` column names, or, in a trace that has no such column,
 * one dealt by the shares of the classes, independent of everything else in the row.
 */
import { choice } from '../core/distributions.ts';
import { nearestName } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import type { ClassLaws } from './class-laws.ts';
import { excerpt, rowError, type TraceRow } from './traces/row.ts';

/** The index of the class of row after row. */
export function rowClasses(classes: readonly ClassLaws[], streams: RandomStreams): (row: TraceRow) => number {
  if (classes.length === 1 && classes[0]!.name === '') return () => 0;
  const byName = new Map(classes.map(({ name, index }) => [name, index]));
  const names = [...byName.keys()];
  const shares = classes.map(({ share }) => share);
  const deal = shares.every((share) => share !== null) ? choice(streams('classes'), shares) : null;
  return (row) => {
    if (row.className === undefined) {
      if (deal !== null) return deal();
      throw rowError(row.place, 'the trace has no column class; give every class of the workload a share.');
    }
    const index = byName.get(row.className);
    if (index !== undefined) return index;
    const nearest = nearestName(row.className, names);
    const help = nearest === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${nearest}?`;
    throw rowError(row.place, `class is ${excerpt(row.className)}; ${help}`);
  };
}
