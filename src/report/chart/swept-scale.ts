/** The scale of a swept setting: linear, or logarithmic where its values grow by factors; labelled at the values simulated. */
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Tick } from './axis.ts';
import { CHARACTER } from './svg.ts';

export interface SweptScale {
  readonly place: (value: number) => number;
  /** Each once, ascending. */
  readonly values: readonly number[];
  readonly isLog: boolean;
}

/** A scale on which the values of a setting are as evenly spread as they can be: logarithmic where they grow by factors. */
export function sweptScale(all: readonly number[], pixels: readonly [number, number]): SweptScale {
  const values = [...new Set(all)].sort((a, b) => a - b);
  const isLog = growsByFactors(values);
  const [low = 0, high = 1] = [values[0], values.at(-1)];
  if (low === high) return { place: () => (pixels[0] + pixels[1]) / 2, values, isLog: false };
  const scale = isLog ? scaleLog([low, high], [...pixels]) : scaleLinear([low, high], [...pixels]);
  return { place: (value) => scale(value), values, isLog };
}

/** Of two values: the one at least three times the other. Of more: their ratios differ less than their distances. */
function growsByFactors(values: readonly number[]): boolean {
  const [low = 0, high = 0] = [values[0], values.at(-1)];
  if (values.length < 2 || low <= 0) return false;
  if (values.length === 2) return high >= 3 * low;
  const unevenness = (of: (value: number) => number) => {
    const gaps = values.slice(1).map((value, i) => of(value) - of(values[i]!));
    return Math.max(...gaps) / Math.min(...gaps);
  };
  return unevenness(Math.log) < unevenness((value) => value);
}

/** Labels of the values simulated, without those that would touch their neighbours; the first and the last stay. */
export function sweptTicks({ values, place }: SweptScale, text: (value: number) => string): Tick[] {
  const ticks = values.map((value) => ({ at: place(value), text: text(value) }));
  const fits = (a: Tick, b: Tick) => b.at - a.at >= ((a.text.length + b.text.length) / 2 + 1) * CHARACTER;
  const last = ticks.at(-1)!;
  const kept = ticks.slice(0, 1);
  for (const tick of ticks.slice(1, -1)) if (fits(kept.at(-1)!, tick) && fits(tick, last)) kept.push(tick);
  return ticks.length > 1 ? [...kept, last] : kept;
}
