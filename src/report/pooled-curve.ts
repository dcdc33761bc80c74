/**
 * The distribution of a latency over several runs together, from the thinned distributions of each: at every latency the mean of
 * the runs' shares, weighted by how much each run counted, and beside it the lowest and the highest of them.
 */
import { bisectRight } from 'd3-array';
import type { CdfCurve } from '../metrics/curves.ts';

export interface PooledCurve {
  readonly curve: CdfCurve;
  /** Of each point of the curve: the lowest and the highest share of any run. Null of a single run. */
  readonly band: { readonly low: readonly number[]; readonly high: readonly number[] } | null;
}

/** Runs that counted nothing are left out. `points`: most points of the curve. */
export function pooledCurve(
  runs: readonly { readonly curve: CdfCurve; readonly weight: number }[],
  points: number,
): PooledCurve {
  const counted = runs.filter(({ curve, weight }) => weight > 0 && curve.valuesMs.length > 0);
  if (counted.length <= 1) return { curve: counted[0]?.curve ?? { shares: [], valuesMs: [] }, band: null };
  const total = counted.reduce((sum, { weight }) => sum + weight, 0);
  const all = [...new Set(counted.flatMap(({ curve }) => curve.valuesMs))].sort((a, b) => a - b);
  const kept = thin(all, points - 1);
  const shares = kept.map((valueMs) => counted.map(({ curve }) => shareAt(curve, valueMs)));
  const means = shares.map((each) => each.reduce((sum, share, i) => sum + share * counted[i]!.weight, 0) / total);
  // Begins at its foot, also where many requests take the shortest time.
  return {
    curve: { valuesMs: [kept[0]!, ...kept], shares: [0, ...means] },
    band: {
      low: [0, ...shares.map((each) => Math.min(...each))],
      high: [0, ...shares.map((each) => Math.max(...each))],
    },
  };
}

/** Share of requests that took at most so long, in between in proportion. */
function shareAt({ shares, valuesMs }: CdfCurve, valueMs: number): number {
  const next = bisectRight(valuesMs, valueMs);
  if (next === 0) return 0;
  if (next === valuesMs.length) return 1;
  const [from, to] = [valuesMs[next - 1]!, valuesMs[next]!];
  return shares[next - 1]! + ((valueMs - from) / (to - from)) * (shares[next]! - shares[next - 1]!);
}

/** Evenly spread, the first and the last among them. */
function thin(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]!);
}
