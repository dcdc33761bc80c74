/**
 * What each variant of a study is compared with. A baseline picks points of some axes of the sweep; what it leaves open is matched, so
 * that like is compared with like: FP8 at eight requests a second with BF16 at eight, not at one. Where it would be ambiguous within an
 * axis, or nothing is picked by hand, the point is one under the same load.
 */
import { askedPartners, matched, type Partners } from './asked-baseline.ts';
import { loadOf, pointLoad } from './load-settings.ts';
import { quoted, raise, type StudySource } from './problems.ts';
import type { Comparison, NotCompared } from './resolved-statistics.ts';
import type { StudyFile } from './schema.ts';
import { type SweepAxis, sweepAxes } from './sweep-axes.ts';

/** A variant of the study, as its baseline is picked. */
export interface PlannedVariant {
  readonly settings: Record<string, unknown>;
  readonly title: string;
  /** Why its server does not start; null: it does. */
  readonly refusal: string | null;
}

export interface Baselines {
  readonly comparisons: Comparison[];
  readonly not_compared: NotCompared[];
}

/** `variants`: all combinations of the sweep's points, the last axis varying fastest. */
export function resolveBaselines(
  source: StudySource,
  asked: StudyFile['baseline'],
  variants: readonly PlannedVariant[],
): Baselines {
  const axes = sweepAxes(source.raw);
  const partners = asked == null ? partnersByName(axes, variants) : askedPartners(source, asked, axes);
  const firsts = partners === null ? firstsThatStart(variants) : null;
  const pairs = variants.map((variant, index) => ({
    ...{ variant, index },
    of: partners === null ? (firsts!.get(loadOf(variant.settings)) ?? null) : partnerOf(index, axes, partners),
  }));
  const chosen = [...new Set(pairs.flatMap(({ of }) => of ?? []))].map((of) => variants[of]!);
  if (asked != null && chosen.length > 0 && chosen.every(({ refusal }) => refusal !== null)) {
    const { title, refusal } = chosen[0]!;
    const message = `the baseline ${quoted(title)} does not start: ${refusal}`;
    raise(source, [{ path: ['baseline'], at: 'value', message }]);
  }
  const compared = pairs.filter(({ variant, index, of }) => variant.refusal === null && of !== index);
  return {
    comparisons: compared.flatMap(({ variant: { settings }, of }): Comparison[] => {
      const baseline = of === null ? undefined : variants[of]!;
      if (baseline === undefined || baseline.refusal !== null) return [];
      const same_load = loadOf(settings) === loadOf(baseline.settings);
      return [{ variant: settings, baseline: baseline.settings, same_load }];
    }),
    not_compared: compared.flatMap(({ variant: { settings: variant, title }, of }): NotCompared[] => {
      if (of === null) return [{ variant, title, reason: `no variant is as ${quoted(asked)} under its load` }];
      const { title: baseline, refusal } = variants[of]!;
      return refusal === null ? [] : [{ variant, title, reason: `its baseline ${quoted(baseline)} does not start` }];
    }),
  };
}

/** The place of a variant's baseline among all variants. */
function partnerOf(index: number, axes: readonly SweepAxis[], partners: readonly Partners[]): number | null {
  let [rest, of, stride]: [number, number | null, number] = [index, 0, 1];
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { length } = axes[axis]!;
    const point = partners[axis]![rest % length]!;
    of = of === null || point === null ? null : of + point * stride;
    rest = Math.floor(rest / length);
    stride *= length;
  }
  return of;
}

/** The first of the named variants under each load, all else matched; null: no names tell variants under one load apart. */
function partnersByName(axes: readonly SweepAxis[], variants: readonly PlannedVariant[]): Partners[] | null {
  const named = axes.findIndex((axis) => axis.some(({ name }) => name !== null));
  if (named < 0) return null;
  const firsts = firstsOfLoads(axes[named]!, startingPoints(named, axes, variants));
  if (firsts.every((first, point) => first === point)) return null;
  return axes.map((axis, i) => (i === named ? firsts : matched(axis)));
}

/** By load the place of the first variant under it that starts: the first values of all settings need not start together. */
function firstsThatStart(variants: readonly PlannedVariant[]): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  for (const [index, { settings, refusal }] of variants.entries()) {
    const load = loadOf(settings);
    if (refusal === null && !firsts.has(load)) firsts.set(load, index);
  }
  return firsts;
}

/** Of each point the first under the same load, of those that start if any does. */
function firstsOfLoads(axis: SweepAxis, starting: ReadonlySet<number>): number[] {
  const loads = axis.map(pointLoad);
  return loads.map((load) => {
    const alike = loads.flatMap((other, i) => (other === load ? [i] : []));
    return alike.find((i) => starting.has(i)) ?? alike[0]!;
  });
}

/** Points of an axis with which some variant starts. */
function startingPoints(
  axis: number,
  axes: readonly SweepAxis[],
  variants: readonly PlannedVariant[],
): ReadonlySet<number> {
  const stride = axes.slice(axis + 1).reduce((product, { length }) => product * length, 1);
  const { length } = axes[axis]!;
  const points = variants.flatMap(({ refusal }, i) => (refusal === null ? [Math.floor(i / stride) % length] : []));
  return new Set(points);
}
