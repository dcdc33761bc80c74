/**
 * Where the warm-up of a run ends: MSER-5. Values in order are averaged in batches of five, and so many batches are cut off at
 * the front that the interval of the mean of the others is narrowest: the d that minimises the sum of squares around the mean of the
 * batches after d, divided by the square of their number (White, An effective truncation heuristic for bias reduction in simulation
 * output, Simulation 69(6), 1997; batches of five: White, Cobb and Spratt, A comparison of five steady-state truncation heuristics,
 * Winter Simulation Conference 2000). With a minimum in the second half the rule does not apply: the run is too short to tell its
 * warm-up from the rest. The last five batches are no candidates, since a few equal values there look like a perfect rest (Hoad,
 * Robinson and Davies, Automating warm-up length estimation, Journal of the Operational Research Society 61, 2010).
 */
import type { RequestTable } from '../../record/run-record.ts';

const BATCH = 5;
/** Batches at the end of which none may be the first to be kept. */
const LAST_BATCHES = 5;
/** Below so many batches the statistic is noise. */
const FEWEST_BATCHES = 10;

export interface WarmUp {
  /** How many values to leave out: a multiple of five; 0 where the rule does not apply. */
  readonly values: number;
  /** Whether the rule applies; if not, `because` says why and nothing may be cut. */
  readonly isValid: boolean;
  readonly because: string;
}

/** Of values in order, such as request latencies in order of arrival. */
export function warmUpOf(values: ArrayLike<number>): WarmUp {
  const batches = Math.floor(values.length / BATCH);
  if (batches < FEWEST_BATCHES)
    return invalid(`${values.length} values are too few to find a warm-up: ${FEWEST_BATCHES * BATCH} are needed`);
  const cut = narrowest(batchMeans(values, batches));
  if (cut > batches / 2)
    return invalid(
      `what looks steady begins only with value ${cut * BATCH + 1} of ${values.length}, in the second half: the run is too short, or has no steady state`,
    );
  const because =
    cut === 0
      ? 'no value at the front is out of line'
      : `the first ${cut * BATCH} of ${values.length} values are warm-up`;
  return { values: cut * BATCH, isValid: true, because };
}

/**
 * One warm-up for all replications, of the mean of their first values, second values and so on, up to the shortest. To be preferred where there
 * are several: a cut chosen for each run by its own values goes where that run happens to be calm, and biases its mean.
 */
export function commonWarmUp(replications: readonly ArrayLike<number>[]): WarmUp {
  const length = replications.reduce((least, each) => Math.min(least, each.length), Number.POSITIVE_INFINITY);
  if (replications.length === 0) return warmUpOf([]);
  const sums = new Float64Array(length);
  for (const values of replications) for (let i = 0; i < length; i++) sums[i]! += values[i]!;
  return warmUpOf(sums.map((sum) => sum / replications.length));
}

export interface RequestWarmUp extends WarmUp {
  /** Of each replication the first request to keep, by its row: it and all that arrived later belong to the steady state. */
  readonly firstRows: readonly number[];
}

/** A latency of the requests of a run that have one, in order of arrival, with their rows. */
export interface LatencySeries {
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

/** One warm-up for all replications. */
export function requestWarmUp(replications: readonly LatencySeries[]): RequestWarmUp {
  const warmUp = commonWarmUp(replications.map(({ values }) => values));
  return { ...warmUp, firstRows: replications.map(({ rows }) => (warmUp.values === 0 ? 0 : rows[warmUp.values]!)) };
}

/** Requests without the latency (NaN) say nothing. */
export function latencySeries(
  requests: RequestTable,
  latencyUs: (requests: RequestTable, row: number) => number,
): LatencySeries {
  const rows: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < requests.count; row++) {
    const us = latencyUs(requests, row);
    if (Number.isNaN(us)) continue;
    rows.push(row);
    values.push(us);
  }
  return { rows, values };
}

/** The first request that arrived at a stated time or later, by its row; `count` where none did. */
export function firstRowFrom(requests: RequestTable, timeUs: number): number {
  let [low, high] = [0, requests.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (requests.arrivalUs[middle]! < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The requests from a row on: the same columns, not copied. */
export function requestsFrom(requests: RequestTable, firstRow: number): RequestTable {
  const { count, ...columns } = requests;
  const rest = Object.entries(columns).map(([name, column]) => [name, column.subarray(firstRow, count)]);
  return { ...(Object.fromEntries(rest) as typeof columns), count: count - firstRow };
}

function batchMeans(values: ArrayLike<number>, batches: number): Float64Array {
  return Float64Array.from({ length: batches }, (_, batch) => {
    let sum = 0;
    for (let i = batch * BATCH; i < (batch + 1) * BATCH; i++) sum += values[i]!;
    return sum / BATCH;
  });
}

/** How many batches to cut so that the statistic of the others is least; the fewest of equals. */
function narrowest(means: Float64Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let mean = 0;
  let squares = 0;
  // Backwards, one batch joins the kept ones at a time (Welford's method).
  for (let cut = means.length - 1; cut >= 0; cut--) {
    const kept = means.length - cut;
    const apart = means[cut]! - mean;
    mean += apart / kept;
    squares += apart * (means[cut]! - mean);
    const statistic = squares / kept ** 2;
    if (kept <= LAST_BATCHES || statistic > least) continue;
    least = statistic;
    best = cut;
  }
  return best;
}

function invalid(because: string): WarmUp {
  return { values: 0, isValid: false, because };
}
