/** Numbers for people: three significant digits and a unit, a dash where nothing was measured. */
import { formatCount, formatDuration, threeDigits } from '../core/units.ts';

/** Stands for a number that does not exist. */
export const NO_VALUE = '–';

/** Three significant digits: `0.412`, `41.2`, `4,120`. */
export function number(value: number | null): string {
  return value === null ? NO_VALUE : threeDigits(value);
}

/** With a capital letter; not empty. */
export function capitalised(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

/** A whole number in full: `20,000`. */
export function count(value: number | null): string {
  return value === null ? NO_VALUE : formatCount(value);
}

/** Milliseconds in the unit that suits them: `412 ms`, `1.28 s`. */
export function duration(ms: number | null): string {
  return ms === null ? NO_VALUE : formatDuration(ms * 1000);
}

/** One unit for values, all in milliseconds, that are read below each other: the largest and the smallest fit it. */
export function commonDuration(values: readonly (number | null)[]): (ms: number | null) => string {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)).map((value) => value!);
  const largest = Math.max(0, ...finite);
  const smallest = Math.min(largest, ...finite.filter((value) => value > 0));
  const [unit, unitMs] = UNITS.find(([, , suits]) => suits(smallest, largest))!;
  return (ms) => {
    if (ms === null) return NO_VALUE;
    return Number.isFinite(ms) ? `${threeDigits(ms / unitMs)} ${unit}` : '∞';
  };
}

type Unit = readonly [name: string, ms: number, suits: (smallest: number, largest: number) => boolean];
const UNITS: readonly Unit[] = [
  ['min', 60_000, (smallest) => smallest >= 120_000],
  ['s', 1000, (_, largest) => largest >= 1000],
  ['ms', 1, () => true],
];

/** A share from 0 to 1 as `97.3 %`; only all reads `100 %` and only none `0 %`. */
export function percent(share: number | null): string {
  if (share === null) return NO_VALUE;
  if (share === 0 || share >= 1) return `${Math.round(share * 100)} %`;
  if (share < 0.001) return '< 0.1 %';
  if (share > 0.999) return '> 99.9 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** `1 run`, `3 runs`. */
export function plural(amount: number, noun: string): string {
  return `${formatCount(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length <= 1) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
