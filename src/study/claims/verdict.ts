/** From our figures and what is claimed to a verdict. */
import { type MeanInterval, meanInterval, ratioInterval } from '../../metrics/statistics/confidence.ts';
import type { ClaimVerdict } from '../../report/claims/claims.ts';
import type { Outcome } from './case-results.ts';
import type { Claimed } from './claim-schema.ts';

/** Figures from `low` to `high`, both included, agree with what is claimed. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** In the claim's unit; `tolerance` widens it by a share of its bounds. */
export function rangeOf(claimed: Claimed, tolerance: number): Range {
  const below = (bound: number) => bound - tolerance * Math.abs(bound);
  const above = (bound: number) => bound + tolerance * Math.abs(bound);
  if (typeof claimed === 'boolean') return { low: Number(claimed), high: Number(claimed) };
  if (typeof claimed === 'number') return { low: below(claimed), high: above(claimed) };
  if ('from' in claimed) return { low: below(claimed.from), high: above(claimed.to) };
  if ('at_least' in claimed) return { low: below(claimed.at_least), high: Number.POSITIVE_INFINITY };
  return { low: Number.NEGATIVE_INFINITY, high: above(claimed.at_most) };
}

export interface Judgement {
  readonly verdict: ClaimVerdict;
  /** Why it cannot be settled, or why it cannot be at all; null where the figure says it. */
  readonly because: string | null;
  /** In the claim's unit; null where there is no figure. */
  readonly figure: MeanInterval | null;
}

/**
 * Judges one figure, of which there is a value for each seed. Without a range, a figure is shown and judges nothing. A ratio of two things
 * of one kind is judged by its logarithm, where it has one.
 */
export function judge(outcomes: readonly Outcome[], unitSize: number, range: Range | null, isRatio = false): Judgement {
  const impossible = outcomes.find((outcome) => outcome.kind === 'impossible');
  const missing = outcomes.filter((outcome) => outcome.kind === 'missing');
  if (impossible?.kind === 'impossible')
    return { verdict: range === null ? 'shown' : 'fails', because: impossible.because, figure: null };
  if (missing[0]?.kind === 'missing') {
    const seeds = missing.length === outcomes.length ? '' : ` (${missing.length} of ${outcomes.length} seeds)`;
    return { verdict: range === null ? 'shown' : 'open', because: missing[0].because + seeds, figure: null };
  }
  const values = outcomes.map((outcome) => (outcome.kind === 'number' ? outcome.value / unitSize : Number.NaN));
  const figure = isRatio && values.every((value) => value > 0) ? ratioInterval(values) : meanInterval(values);
  return range === null ? { verdict: 'shown', because: null, figure } : { ...against(figure, range), figure };
}

function against(figure: MeanInterval, range: Range): Omit<Judgement, 'figure'> {
  const low = figure.low ?? figure.mean;
  const high = figure.high ?? figure.mean;
  // Figures that agree with a bound to the last digits agree with it.
  const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  if (low >= range.low - slack && high <= range.high + slack) return { verdict: 'holds', because: null };
  if (high < range.low || low > range.high) return { verdict: 'fails', because: null };
  return { verdict: 'open', because: `with ${figure.values} seeds the interval reaches across the bound` };
}

/** Of a whole claim: it fails with its weakest part, and what cannot be settled leaves it open. */
export function overall(verdicts: readonly ClaimVerdict[]): ClaimVerdict {
  const judged = verdicts.filter((verdict) => verdict !== 'shown');
  if (judged.includes('fails')) return 'fails';
  return judged.length === 0 || judged.includes('open') ? 'open' : 'holds';
}
