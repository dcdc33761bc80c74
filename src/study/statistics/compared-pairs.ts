/** Which variant of a study is compared with which, and the order in which they are measured, so that few are kept at a time. */
import type { ResolvedStudy } from '../../config/resolved.ts';
import type { StudyVariant } from './study-variants.ts';

export interface ComparedPair {
  /** The place of the baseline among the variants. */
  readonly baseline: number;
  /** Whether both meet the same requests at the same times. */
  readonly sameLoad: boolean;
}

/** Of each variant; null where it is compared with none. */
export function comparedPairs(
  { comparisons }: Pick<ResolvedStudy, 'comparisons'>,
  variants: readonly StudyVariant[],
): (ComparedPair | null)[] {
  const keyOf = (settings: Record<string, unknown>) => JSON.stringify(settings);
  const places = new Map(variants.map(({ variant }, i) => [keyOf(variant), i]));
  const pairs = new Map(comparisons.map((each) => [keyOf(each.variant), each]));
  return variants.map(({ variant }) => {
    const pair = pairs.get(keyOf(variant));
    const baseline = pair === undefined ? undefined : places.get(keyOf(pair.baseline));
    return baseline === undefined ? null : { baseline, sameLoad: pair!.same_load };
  });
}

export interface MeasuredPair<T> {
  readonly own: T;
  /** Of the baseline; null where there is none. */
  readonly of: T | null;
}

/** Each variant in order, with its baseline. Each is measured once, and forgotten after the last that needs it. */
export async function* measuredPairs<T>(
  pairs: readonly (ComparedPair | null)[],
  measure: (index: number) => Promise<T>,
): AsyncGenerator<MeasuredPair<T>> {
  const neededUntil = pairs.map((_, index) => index);
  for (const [index, pair] of pairs.entries())
    if (pair !== null) neededUntil[pair.baseline] = Math.max(neededUntil[pair.baseline]!, index);
  const kept = new Map<number, T>();
  const measured = async (index: number): Promise<T> => {
    if (!kept.has(index)) kept.set(index, await measure(index));
    return kept.get(index)!;
  };
  for (const [index, pair] of pairs.entries()) {
    const own = await measured(index);
    yield { own, of: pair === null ? null : await measured(pair.baseline) };
    for (const other of kept.keys()) if (neededUntil[other]! <= index) kept.delete(other);
  }
}
