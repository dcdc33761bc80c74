/**
 * Quantiles of the values of several units together, as if each unit were there so many times: what a bootstrap of whole runs
 * asks thousands of times. Values are sorted once; a table of how many of each unit lie before every stretch of them leads to the
 * value of a rank without passing the others.
 */
import type { WeightedStatistic } from './bootstrap.ts';

/** Values of a stretch. */
const STRETCH = 256;

interface Pool {
  /** In ascending order. */
  readonly values: Float64Array;
  /** The unit that each comes from. */
  readonly owners: Uint16Array;
  /** Values of each unit before each stretch, and before the end; one row a stretch. */
  readonly before: Uint32Array;
  readonly units: number;
}

/** The quantiles, by share, of values that are given by unit, in any order; NaN where there are none. They are sorted once. */
export function pooledQuantiles(units: readonly ArrayLike<number>[]): (p: number) => WeightedStatistic {
  const pool = poolOf(units);
  const end = Math.ceil(pool.values.length / STRETCH);
  return (p) => (weights) => {
    const total = weightedBefore(pool, end, weights);
    if (total === 0) return Number.NaN;
    const rank = (total - 1) * p;
    const whole = Math.floor(rank);
    const lower = valueAt(pool, whole, weights);
    if (rank === whole) return lower;
    return lower + (rank - whole) * (valueAt(pool, whole + 1, weights) - lower);
  };
}

/** The value at a rank, from 0, of values that count as often as their unit's weight says. */
function valueAt(pool: Pool, rank: number, weights: Uint32Array): number {
  let low = 0;
  let high = Math.ceil(pool.values.length / STRETCH) - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (weightedBefore(pool, middle, weights) <= rank) low = middle;
    else high = middle - 1;
  }
  let at = low * STRETCH;
  let passed = weightedBefore(pool, low, weights);
  for (; ; at++) {
    passed += weights[pool.owners[at]!]!;
    if (passed > rank) return pool.values[at]!;
  }
}

function weightedBefore({ before, units }: Pool, stretch: number, weights: Uint32Array): number {
  let sum = 0;
  for (let unit = 0; unit < units; unit++) sum += weights[unit]! * before[stretch * units + unit]!;
  return sum;
}

function poolOf(units: readonly ArrayLike<number>[]): Pool {
  const parts = units.map((unit, owner) => ({
    values: Float64Array.from(unit).sort(),
    owners: new Uint16Array(unit.length).fill(owner),
  }));
  const { values, owners } = mergedAll(parts);
  const stretches = Math.ceil(values.length / STRETCH);
  const before = new Uint32Array((stretches + 1) * units.length);
  const counts = new Uint32Array(units.length);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const end = Math.min(values.length, (stretch + 1) * STRETCH);
    for (let i = stretch * STRETCH; i < end; i++) counts[owners[i]!]!++;
    before.set(counts, (stretch + 1) * units.length);
  }
  return { values, owners, before, units: units.length };
}

type Sorted = Pick<Pool, 'values' | 'owners'>;

function mergedAll(parts: readonly Sorted[]): Sorted {
  if (parts.length <= 1) return parts[0] ?? { values: new Float64Array(0), owners: new Uint16Array(0) };
  const half = parts.length >>> 1;
  return merged(mergedAll(parts.slice(0, half)), mergedAll(parts.slice(half)));
}

function merged(a: Sorted, b: Sorted): Sorted {
  const values = new Float64Array(a.values.length + b.values.length);
  const owners = new Uint16Array(values.length);
  let [ofA, ofB] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const takesA = ofB >= b.values.length || (ofA < a.values.length && a.values[ofA]! <= b.values[ofB]!);
    const [from, at] = takesA ? [a, ofA++] : [b, ofB++];
    values[i] = from.values[at]!;
    owners[i] = from.owners[at]!;
  }
  return { values, owners };
}
