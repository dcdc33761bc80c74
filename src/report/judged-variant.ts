/**
 * How a variant is judged. By all of its seeds: each bound of the SLO by the figure that the tables show, a mean over the seeds or a
 * percentile of all runs together. And by its queue: where that grows there is no steady state, so that no SLO holds for longer than the
 * load lasts, whatever the runs measured.
 */
import { meanOf } from '../metrics/mean.ts';
import { type SloVerdict, sloMet } from '../metrics/slo.ts';
import type { Estimate } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { metricOfBound } from './study-metrics.ts';
import type { RunReport } from './study-report.ts';
import type { Variant } from './variants.ts';

/** What stands for a verdict where there is no steady state to judge. */
export const QUEUE_GROWS = 'queue grows';

/** By the statistics; where those cannot judge it, or nobody asked for them, by the queue late in any run. */
export function queueGrows({ unsteady, runs }: Pick<Variant, 'unsteady' | 'runs'>): boolean {
  return unsteady ?? runs.some(({ summary }) => summary.sim.overload !== null);
}

/** The runs of the variants whose queue grows. */
export function growingRuns(variants: readonly Variant[]): ReadonlySet<RunReport> {
  return new Set(variants.filter(queueGrows).flatMap(({ runs }) => runs));
}

/** Of the number of requests in the system, requests a second; 0 where nothing tells. */
export function growthOf({ growthPerSecond, runs }: Variant): number {
  if (growthPerSecond != null) return growthPerSecond;
  const rates = runs.map(({ summary: { sim } }) =>
    sim.overload === null ? 0 : sim.overload.arrival_rate - sim.overload.completion_rate,
  );
  return meanOf(rates);
}

/** Whether every bound holds over all seeds, in a steady state. */
export function meets(variant: Variant): boolean {
  return !queueGrows(variant) && sloMet(verdictsOf(variant)) === true;
}

/** The bounds of the SLO over all seeds. */
export function verdictsOf(variant: Variant): SloVerdict[] {
  return verdictsOver(
    variant,
    variant.runs.map(({ summary }) => summary.sim.slo),
  );
}

/** The same bounds of each run, taken together; `of`: the class that they are of, where they do not say so. */
export function verdictsOver(variant: Variant, runs: readonly (readonly SloVerdict[])[], of?: string): SloVerdict[] {
  return (runs[0] ?? []).map((bound, i) => {
    const verdicts = runs.flatMap((each) => each[i] ?? []);
    const name = metricOfBound(of === undefined ? bound : { ...bound, class: of });
    return verdicts.length === 1 ? bound : overSeeds(bound, verdicts, estimateOf(variant, name));
  });
}

/** Estimates are of the requests that were served: where some were not, the mean of what each run is judged by. */
function overSeeds(bound: SloVerdict, verdicts: readonly SloVerdict[], estimate: Estimate | null): SloVerdict {
  const known = verdicts.filter(({ met }) => met !== null);
  if (known.length === 0) return bound;
  const neverServed = Math.max(...known.map(({ requests_never_served }) => requests_never_served));
  const judged =
    neverServed === 0 && estimate !== null
      ? estimate.mean
      : meanOf(known.map(({ judged_ms }) => judged_ms ?? Number.POSITIVE_INFINITY));
  const measured = known.flatMap(({ measured_ms }) => measured_ms ?? []);
  return {
    ...bound,
    measured_ms: measured.length === 0 ? null : meanOf(measured),
    judged_ms: judged === Number.POSITIVE_INFINITY ? null : judged,
    requests_never_served: neverServed,
    met: judged <= bound.limit_ms,
  };
}

/** A metric over all seeds, as the tables have it; else the mean of the runs' values, null where one has none. */
export function overAllSeeds(variant: Variant, name: string, value: (summary: Summary) => number | null) {
  const estimate = estimateOf(variant, name);
  if (estimate !== null) return estimate.mean;
  const values = variant.runs.map(({ summary }) => value(summary));
  return values.includes(null) ? null : meanOf(values.map((each) => each!));
}

/** `mean over the seeds`, or `over all runs` of a percentile of their requests together; empty of one run. */
export function basisOf(variant: Variant, bound: SloVerdict): string {
  if (variant.runs.length === 1) return '';
  const isPooled = estimateOf(variant, metricOfBound(bound))?.method === 'bootstrap';
  return isPooled && bound.requests_never_served === 0 ? 'over all runs' : 'mean over the seeds';
}

/** How many of its runs meet the SLO by themselves: `24 of 30 runs`. */
export function runsMeeting({ runs }: Variant): string {
  return `${runs.filter(({ summary }) => summary.sim.slo_met === true).length} of ${runs.length} runs`;
}

/** What the summaries say of one run is not cut by a warm-up, and stays. */
function estimateOf({ estimates, runs }: Variant, name: string): Estimate | null {
  return runs.length === 1 ? null : (estimates?.[name] ?? null);
}
