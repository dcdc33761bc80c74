/**
 * How far simulated latencies are from measured ones: the statistics of both sides over the same requests, and what is
 * paired request by request. An error is 100 × (simulated / measured - 1). Quantiles interpolate linearly between ranks
 * as in every other output; a request of one output token has no TPOT, as in `vllm bench serve`.
 */
import { type Distribution, distributionOf } from './distribution.ts';

export const COMPARED_METRICS = ['ttft', 'tpot', 'e2el'] as const;
export type ComparedMetric = (typeof COMPARED_METRICS)[number];

export const COMPARED_STATISTICS = ['mean', 'p50', 'p90', 'p95', 'p99'] as const;
export type ComparedStatistic = (typeof COMPARED_STATISTICS)[number];

/** One value a request, microseconds; NaN where it has none. */
export interface RequestLatencies {
  readonly ttftUs: Float64Array;
  /** (last token - first token) / (output tokens - 1). */
  readonly tpotUs: Float64Array;
  readonly e2elUs: Float64Array;
}

/** One statistic of one latency. */
export interface ErrorCell {
  readonly metric: ComparedMetric;
  readonly statistic: ComparedStatistic;
  readonly measuredMs: number;
  readonly simulatedMs: number;
  readonly errorPercent: number;
}

export interface ErrorTable {
  /** Requests that have both sides. */
  readonly requests: number;
  /** By metric, then statistic; a latency that no request has is left out, and so is a statistic that was measured as 0. */
  readonly cells: readonly ErrorCell[];
  /** Mean of |error| over the cells, percent; NaN without cells. */
  readonly meanAbsErrorPercent: number;
  /** The cell with the largest |error|; null without cells. */
  readonly worst: ErrorCell | null;
  /** Median over requests of |simulated / measured - 1|, percent: a mean can be right for the wrong reasons. */
  readonly pairedPercent: Readonly<Record<ComparedMetric, number | null>>;
}

/** The latencies of a request by metric. */
export function latencyColumn(latencies: RequestLatencies, metric: ComparedMetric): Float64Array {
  switch (metric) {
    case 'ttft':
      return latencies.ttftUs;
    case 'tpot':
      return latencies.tpotUs;
    case 'e2el':
      return latencies.e2elUs;
    default:
      return metric satisfies never;
  }
}

/**
 * Compares two sides that have the same requests in the same order. Only requests that have both values count, and of
 * these only those that `included` admits.
 */
export function compareRuns(
  measured: RequestLatencies,
  simulated: RequestLatencies,
  included: (request: number) => boolean = () => true,
): ErrorTable {
  const pairs = COMPARED_METRICS.map((metric) => {
    const [of, by] = [latencyColumn(measured, metric), latencyColumn(simulated, metric)];
    const both = (_: number, i: number) => included(i) && !Number.isNaN(of[i]!) && !Number.isNaN(by[i]!);
    return { metric, measured: of.filter(both), simulated: by.filter(both) };
  });
  const cells = pairs.flatMap(({ metric, ...sides }) => errorCells(metric, sides.measured, sides.simulated));
  const size = ({ errorPercent }: ErrorCell) => Math.abs(errorPercent);
  const paired = pairs.map(({ metric, ...sides }) => [metric, pairedPercent(sides.measured, sides.simulated)]);
  return {
    requests: pairs[0]!.measured.length,
    cells,
    meanAbsErrorPercent: cells.reduce((sum, cell) => sum + size(cell), 0) / cells.length,
    worst: cells.reduce<ErrorCell | null>((a, b) => (a === null || size(b) > size(a) ? b : a), null),
    pairedPercent: Object.fromEntries(paired) as Record<ComparedMetric, number | null>,
  };
}

function errorCells(metric: ComparedMetric, measured: Float64Array, simulated: Float64Array): ErrorCell[] {
  if (measured.length === 0) return [];
  const [of, by] = [distributionOf(measured), distributionOf(simulated)];
  return COMPARED_STATISTICS.flatMap((statistic) => {
    const [measuredUs, simulatedUs] = [statisticOf(of, statistic), statisticOf(by, statistic)];
    // Nothing is so many percent off 0.
    if (measuredUs === 0) return [];
    const errorPercent = 100 * (simulatedUs / measuredUs - 1);
    return [{ metric, statistic, measuredMs: measuredUs / 1e3, simulatedMs: simulatedUs / 1e3, errorPercent }];
  });
}

function statisticOf({ mean, quantile }: Distribution, statistic: ComparedStatistic): number {
  return statistic === 'mean' ? mean! : quantile(Number(statistic.slice(1)) / 100)!;
}

function pairedPercent(measured: Float64Array, simulated: Float64Array): number | null {
  const errors = measured.map((us, i) => 100 * Math.abs(simulated[i]! / us - 1));
  return distributionOf(errors.filter((_, i) => measured[i]! > 0)).quantile(0.5);
}
