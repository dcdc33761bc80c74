/**
 * Does a deployment keep up with its load? Where it does not, the number of requests in it grows for as long as the load lasts, there is no
 * steady state, and latencies are a matter of how long the run was. The queue is called growing where both intervals of its trend lie above
 * zero, requests wait, and the growth is worth mentioning; steady where growth of more than 3 % of the load can be excluded; and
 * undecided between, which a longer run settles. Requests that give up can hold a number level that would grow: that is shedding, and
 * has a steady state.
 */
import { type MeanInterval, meanInterval } from './confidence.ts';
import type { LoadBatches } from './load-batches.ts';
import { trendOf } from './trend.ts';

export type SaturationVerdict = 'steady' | 'shedding' | 'growing' | 'undecided';

export interface Saturation {
  readonly verdict: SaturationVerdict;
  /** The reason in words. */
  readonly because: string;
  /** Requests a second that come in, and that are finished. */
  readonly offeredRate: number;
  readonly servedRate: number;
  /** Growth of the number in the system, requests a second. */
  readonly growth: MeanInterval;
}

/** Growth up to this share of the load is no growth. */
const TOLERANCE = 0.03;
/** Growth over all batches worth mentioning: so many requests, and this share of those that came. */
const FEWEST_REQUESTS = 8;
const LEAST_SHARE = 0.01;

export function saturation(load: LoadBatches, level = 0.95): Saturation {
  const { seconds, inSystem, waiting } = load;
  const trend = trendOf(inSystem, level);
  const lost = meanInterval(
    load.arrived.map((arrived, i) => (arrived - load.finished[i]! - growthIn(inSystem, i)) / seconds),
    level,
  );
  const figures = {
    offeredRate: perSecond(load.arrived, seconds),
    servedRate: perSecond(load.finished, seconds),
    growth: scaled(trend.slope, 1 / seconds),
  };
  const { offeredRate: offered, growth } = figures;
  const total = growth.mean * seconds * inSystem.length;
  const isWorthMentioning = total >= Math.max(FEWEST_REQUESTS, LEAST_SHARE * offered * seconds * inSystem.length);
  const isSure = growth.low! > 0 && trend.steps.low! > 0;
  if (isSure && isWorthMentioning) {
    if (waits(waiting, level)) return { verdict: 'growing', because: growingText(figures, waiting), ...figures };
    return { verdict: 'undecided', because: fillingText(total), ...figures };
  }
  if (growth.high! > TOLERANCE * offered && isBeyondNoise(growth, seconds, inSystem.length))
    return { verdict: 'undecided', because: undecidedText(growth, offered), ...figures };
  if (lost.low! > 0 && lost.mean > TOLERANCE * offered)
    return { verdict: 'shedding', because: sheddingText(offered, lost.mean), ...figures };
  return { verdict: 'steady', because: steadyText(figures), ...figures };
}

/** Whether what cannot be excluded would be worth mentioning at all. */
function isBeyondNoise({ high }: MeanInterval, seconds: number, batches: number): boolean {
  return high! * seconds * batches >= FEWEST_REQUESTS;
}

/** Growth within a batch, from the means of it and its neighbours. */
function growthIn(inSystem: readonly number[], batch: number): number {
  const before = inSystem[batch - 1] ?? inSystem[batch]!;
  const after = inSystem[batch + 1] ?? inSystem[batch]!;
  const isInside = batch > 0 && batch < inSystem.length - 1;
  return (after - before) / (isInside ? 2 : 1);
}

/** Whether the queue of waiting requests grows too: if only the batch does, it may still be filling. */
function waits(waiting: readonly number[], level: number): boolean {
  return trendOf(waiting, level).slope.low! > 0 && waiting.at(-1)! >= 1;
}

function perSecond(counts: readonly number[], seconds: number): number {
  return counts.reduce((sum, count) => sum + count, 0) / (seconds * counts.length);
}

function scaled({ mean, low, high, values }: MeanInterval, factor: number): MeanInterval {
  return { mean: mean * factor, low: low! * factor, high: high! * factor, values };
}

type Figures = Pick<Saturation, 'offeredRate' | 'servedRate' | 'growth'>;

function growingText({ offeredRate, servedRate, growth }: Figures, waiting: readonly number[]): string {
  const grows = `${digits(growth.mean)} requests/s (${digits(growth.low!)} to ${digits(growth.high!)})`;
  return `the queue grows by ${grows}: ${digits(offeredRate)} requests/s come in, ${digits(servedRate)} are finished, and ${digits(waiting.at(-1)!)} wait when the last one arrives; latencies grow with the length of the run and are no property of the deployment`;
}

function fillingText(total: number): string {
  return `requests in the system grew by ${digits(total)} while hardly any waited: it may still be filling up, which a longer run would tell`;
}

function undecidedText({ high }: MeanInterval, offered: number): string {
  return `growth of up to ${digits(high!)} requests/s, ${digits((100 * high!) / offered)} % of the load, cannot be excluded: the run is too short to tell`;
}

function sheddingText(offered: number, lost: number): string {
  return `the number in the system is level only because ${digits(lost)} of ${digits(offered)} requests/s leave without being finished`;
}

function steadyText({ offeredRate, servedRate }: Figures): string {
  return `the number in the system does not grow: ${digits(offeredRate)} requests/s come in, ${digits(servedRate)} are finished`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
