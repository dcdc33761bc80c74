/** The SLO's verdict of a variant over its seeds, in the words of the tables. */
import { type SloVerdict, sloMet } from '../metrics/slo.ts';
import { QUEUE_GROWS, queueGrows, verdictsOver } from './judged-variant.ts';
import type { RunReport } from './study-report.ts';
import type { Variant } from './variants.ts';
import { verdictWord } from './wording.ts';

/** `met` or `missed` over all seeds; where not all runs agree also how many meet it, `met (by 2 of 3)`; `queue grows` without a steady state. */
export function verdictText(variant: Variant): string {
  return verdictTextOf(variant, ({ summary }) => summary.sim.slo);
}

/** The same of some of the bounds; `of`: the class that they are of. */
export function verdictTextOf(
  variant: Variant,
  bounds: (run: RunReport) => readonly SloVerdict[],
  of?: string,
): string {
  if (queueGrows(variant)) return QUEUE_GROWS;
  const runs = variant.runs.map(bounds);
  const word = verdictWord(sloMet(verdictsOver(variant, runs, of)));
  const meeting = runs.filter((verdicts) => sloMet(verdicts) === true).length;
  const agree = new Set(runs.map(sloMet)).size === 1 && meeting === (word === 'met' ? runs.length : 0);
  if (agree) return word;
  return `${word} (${word === 'met' ? '' : 'met '}by ${meeting} of ${runs.length})`;
}

/** The style of a verdict. */
export function verdictClass(text: string): string {
  if (text === QUEUE_GROWS || text.startsWith('missed')) return 'missed';
  return text.startsWith('met') ? 'met' : '';
}
