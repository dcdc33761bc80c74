/**
 * What the variants of a study are compared with, in words: one variant by its title, or, where each has a baseline of its own, what
 * those have in common and what a variant and its baseline share.
 */
import { baselinesOf, type StudyStatistics } from '../metrics/study-statistics.ts';
import { listed } from './format.ts';
import { type Variant, variantKeys, variantTitle, variantValue } from './variants.ts';

/** `bf16 KV`; `bf16 KV at the same requests/s`; null where it takes a title for each, or nothing is compared. */
export function baselineName(variants: readonly Variant[], statistics: StudyStatistics): string | null {
  const [first, ...more] = baselinesOf(statistics);
  if (first === undefined) return null;
  if (more.length === 0) return variants[first]!.title;
  const firstRun = ({ runs }: Variant) => runs[0]!;
  const pairs = statistics.variants.flatMap(({ baseline }, i) =>
    baseline === null ? [] : [{ own: firstRun(variants[i]!), of: firstRun(variants[baseline]!) }],
  );
  const keys = variantKeys(variants.flatMap(({ runs }) => runs));
  const shared = keys.filter((key) => pairs.every(({ own, of }) => variantValue(own, key) === variantValue(of, key)));
  const common = keys.filter((key) => !shared.includes(key));
  const values = common.map((key) => new Set(pairs.map(({ of }) => variantValue(of, key))));
  if (common.length === 0 || values.some(({ size }) => size > 1)) return null;
  return `${variantTitle(pairs[0]!.of, common)} at the same ${listed(shared.map(({ header }) => header))}`;
}
