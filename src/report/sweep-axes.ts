/**
 * What a study sweeps, as axes of charts: the settings in which its variants differ, the values of each, as numbers where they are
 * numbers, and which variant stands at which values. Settings that change together, such as a GPU and the tensor-parallel size that
 * goes with it, are one axis.
 */
import { parseDurationUs, parseTokenCount } from '../core/units.ts';
import type { RunReport } from './study-report.ts';
import { type Variant, type VariantKey, variantKeys, variantValue } from './variants.ts';

export interface SweepAxis {
  /** `max_model_len`; of settings that change together `GPU, TP`. */
  readonly header: string;
  /** Dotted paths of its settings; empty for the names of variants. */
  readonly paths: readonly string[];
  readonly values: readonly AxisValue[];
  /** Whether each value is a number, so that it has a place on a line. */
  readonly isNumeric: boolean;
}

export interface AxisValue {
  readonly text: string;
  readonly number: number | null;
}

export interface Sweep {
  readonly axes: readonly SweepAxis[];
  /** The place of a variant on each axis. */
  readonly placeOf: (variant: Variant) => number[];
}

/** Numeric values in ascending order, others as the study has them. */
export function sweepOf(variants: readonly Variant[]): Sweep {
  const first = (variant: Variant) => variant.runs[0]!;
  const keys = variantKeys(variants.flatMap(({ runs }) => runs));
  const groups = groupedKeys(variants.map(first), keys);
  const axes = groups.map((group) => axisOf(variants.map(first), group));
  const texts = axes.map(({ values }) => values.map(({ text }) => text));
  const placeOf = (variant: Variant) => groups.map((group, i) => texts[i]!.indexOf(textOf(first(variant), group)));
  return { axes, placeOf };
}

/** Keys of which each settles the others. */
function groupedKeys(runs: readonly RunReport[], keys: readonly VariantKey[]): VariantKey[][] {
  const groups: VariantKey[][] = [];
  for (const key of keys) {
    const partner = groups.find(([other]) => settle(runs, key, other!) && settle(runs, other!, key));
    if (partner === undefined) groups.push([key]);
    else partner.push(key);
  }
  return groups;
}

/** Whether a value of `a` is always met with the same value of `b`. */
function settle(runs: readonly RunReport[], a: VariantKey, b: VariantKey): boolean {
  const seen = new Map<string, string>();
  return runs.every((run) => {
    const [own, other] = [variantValue(run, a), variantValue(run, b)];
    if (!seen.has(own)) seen.set(own, other);
    return seen.get(own) === other;
  });
}

function textOf(run: RunReport, group: readonly VariantKey[]): string {
  return group.map((key) => variantValue(run, key)).join(', ');
}

function axisOf(runs: readonly RunReport[], group: readonly VariantKey[]): SweepAxis {
  const texts = [...new Set(runs.map((run) => textOf(run, group)))];
  const numbers = group.length === 1 ? numbersOf(texts) : null;
  const values = texts.map((text, i): AxisValue => ({ text, number: numbers?.[i] ?? null }));
  const isNumeric = numbers !== null;
  return {
    header: group.map(({ header }) => header).join(', '),
    paths: group.map(({ key }) => key).filter((key) => key !== ''),
    values: isNumeric ? values.toSorted((a, b) => a.number! - b.number!) : values,
    isNumeric,
  };
}

const DURATION = /^\d+(\.\d+)?\s*(us|µs|ms|s|m|min|h|d)$/i;
const NUMBERS: readonly { form: RegExp; parse: (text: string) => number }[] = [
  { form: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i, parse: Number },
  { form: /^\d+(\.\d+)?\s*%$/, parse: Number.parseFloat },
  { form: /^\d+(\.\d+)?[kKmMgGtT]?$/, parse: parseTokenCount },
  { form: DURATION, parse: (text) => parseDurationUs(text) / 1e6 },
];

/** All of them read as plain numbers, percentages, counts of tokens or durations (in seconds); null where none reads them all. */
function numbersOf(texts: readonly string[]): number[] | null {
  const found = NUMBERS.find(({ form }) => texts.every((text) => form.test(text)));
  return found === undefined ? null : texts.map(found.parse);
}
