/**
 * Which variant of a sweep the numbers favour. With an SLO: the smallest deployment that meets it, and the one with the most
 * goodput; else the nearest, and why it fails. Without: the shortest latency or the most throughput. A variant whose queue
 * grows is never favoured: what it measures depends on how long the load lasts.
 */
import type { Overload } from '../metrics/arrival-window.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { againstBaseline, steadiness } from './answer-intervals.ts';
import { byDistance, type Nearest, sameLoad, variantsDiffer, type Winner, winner } from './compare-variants.ts';
import { capitalised, duration, listed, number, percent, plural } from './format.ts';
import { basisOf, growthOf, meets, overAllSeeds, queueGrows, runsMeeting } from './judged-variant.ts';
import { lossesOfVariants, unservedRequests } from './losses.ts';
import { hasIntervals, levelText } from './study-metrics.ts';
import type { RunReport } from './study-report.ts';
import { listedVariants, type Variant, variantKeys } from './variants.ts';
import { againstLimit, boundName, judged, overloadRates } from './wording.ts';

/** Variants named in a clause beside others. */
const MOST_NAMED = 3;

/** Sentences about two or more variants, the groups of `runs`. */
export function bestVariant(
  variants: readonly Variant[],
  runs: readonly RunReport[],
  statistics: StudyStatistics | null,
): { lead: string; remarks: string } {
  const sound = variants.filter((variant) => variant.runs.every(({ summary }) => summary.sim.stuck === null));
  const stuck = variants.filter((variant) => !sound.includes(variant));
  const steady = sound.filter((variant) => !queueGrows(variant));
  const alike = steady.length === variants.length && !variantsDiffer(variants);
  const names = variantKeys(runs).map(({ header }) => header);
  const verdict = [
    alike ? `${listed(names)} ${names.length === 1 ? 'makes' : 'make'} no difference here.` : '',
    favouring(steady, variants, alike),
    statistics === null ? '' : againstBaseline(favoured(steady), variants, statistics),
  ];
  const remarks = [
    stuck.length === 0 ? '' : `The queue gets stuck with ${listedVariants(stuck)}.`,
    statistics === null ? '' : steadiness(variants, statistics),
    // Of those that the statistics judge they are the better judge.
    overloaded(
      sound.filter(({ unsteady }) => unsteady === undefined),
      sound.length,
    ),
    ...lossesOfVariants(variants),
    seedsNote(variants, statistics),
  ];
  const joined = (sentences: readonly string[]) => sentences.filter((sentence) => sentence !== '').join(' ');
  return { lead: joined(verdict), remarks: joined(remarks) };
}

/** Of those with a steady state. */
function favouring(steady: readonly Variant[], variants: readonly Variant[], alike: boolean): string {
  const growing = variants.filter(queueGrows);
  if (growing.length === variants.length) {
    const [slowest] = [...growing].sort((a, b) => growthOf(a) - growthOf(b));
    return `No variant has a steady state: the queue grows with every one of them, slowest with ${slowest!.title}.`;
  }
  return withSlo(variants) ? bySlo(steady, variants.length, alike) : withoutSlo(steady, alike);
}

function withSlo(variants: readonly Variant[]): boolean {
  return variants.some(({ runs }) => runs.some(({ summary }) => summary.sim.slo.length > 0));
}

function bySlo(sound: readonly Variant[], of: number, alike: boolean): string {
  const meeting = sound.filter(meets);
  if (meeting.length === 0) return noneMeets(sound, alike);
  const all = meeting.length === of;
  const verdict = all
    ? `${of === 2 ? 'Both' : `All ${of}`} variants meet the SLO`
    : `${meeting.length} of ${of} variants ${meeting.length === 1 ? 'meets' : 'meet'} the SLO`;
  if (alike) return `${verdict}: ${goodputOf(byDistance(meeting)[0]!, false)}.`;
  const best = bestOf(meeting);
  const goodput = goodputOf(best, !sameLoad(sound));
  if (meeting.length === 1) return `${verdict}: ${sized(best.variant, sound)}; ${goodput}.`;
  const gpus = meeting.map(gpusOf);
  if (new Set(sound.map(gpusOf)).size === 1) {
    const names = all ? '' : `: ${listedVariants(meeting)}`;
    return `${verdict}${names}. The best is ${best.variant.title}: ${goodput}.`;
  }
  const smallest = meeting.filter((_, i) => gpus[i] === Math.min(...gpus));
  if (smallest.length === 1 && smallest[0] === best.variant)
    return `${verdict}. The smallest of them is also the best, ${sized(best.variant, sound)}: ${goodput}.`;
  const smallestText =
    smallest.length === 1
      ? `The smallest is ${sized(smallest[0]!, sound)}`
      : `The smallest, with ${plural(gpusOf(smallest[0]!), 'GPU')} each, are ${listedVariants(smallest, MOST_NAMED)}`;
  return `${verdict}. ${smallestText}. The best is ${sized(best.variant, sound)}: ${goodput}.`;
}

/** The variant that the sentences speak for; null where none was measured. */
function favoured(sound: readonly Variant[]): Variant | null {
  if (!withSlo(sound))
    return winner(sound, 'ttft_p99', ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration)?.equal[0] ?? null;
  const meeting = sound.filter(meets);
  return (meeting.length > 0 ? bestOf(meeting) : byDistance(sound)[0])?.variant ?? null;
}

function gpusOf({ runs }: Variant): number {
  return runs[0]!.summary.sim.gpus;
}

/** With the number of GPUs where it varies. */
function sized(variant: Variant, among: readonly Variant[]): string {
  const varies = new Set(among.map(gpusOf)).size > 1;
  return varies ? `${variant.title} (${plural(gpusOf(variant), 'GPU')})` : variant.title;
}

/** The most goodput; of those that read the same, the one with most room below its limits. */
function bestOf(meeting: readonly Variant[]): Nearest {
  const most = sameLoad(meeting)
    ? winner(meeting, 'goodput', ({ sim }) => sim.goodput_share, 'most', percent)
    : winner(meeting, 'request_goodput', ({ request_goodput }) => request_goodput, 'most', number);
  return byDistance(most?.equal ?? meeting)[0]!;
}

/** `95.0 % of the requests are within every limit, and TTFT p99 is 1.20 s`; with the rate where it can differ, and over what of several seeds. */
function goodputOf({ variant, distance: { verdict } }: Nearest, ofRate: boolean): string {
  const several = variant.runs.length > 1;
  const tightest = `${boundName(verdict)} is ${judged(verdict)} (${limitText(variant, verdict)})`;
  const met = several ? `; met by ${runsMeeting(variant)}` : '';
  const share = overAllSeeds(variant, 'goodput', ({ sim }) => sim.goodput_share);
  if (share === null) return `${tightest}${met}`;
  const perSecond = overAllSeeds(variant, 'request_goodput', ({ request_goodput }) => request_goodput);
  const rate = ofRate ? `, ${number(perSecond)} a second` : '';
  const within = several ? 'within every limit (mean over the seeds)' : 'within every limit';
  return `${percent(share)} of the requests are ${within}${rate}, and ${tightest}${met}`;
}

/** `mean over the seeds, limit 2.00 s`. */
function limitText(variant: Variant, verdict: SloVerdict): string {
  return [basisOf(variant, verdict), againstLimit(verdict)].filter((text) => text !== '').join(', ');
}

function noneMeets(sound: readonly Variant[], alike: boolean): string {
  const [nearest] = byDistance(sound);
  if (nearest === undefined) return 'No variant meets the SLO.';
  const { variant, distance } = nearest;
  const { verdict } = distance;
  const met = variant.runs.length > 1 ? `; met by ${runsMeeting(variant)}` : '';
  const who = alike ? 'no variant meets the SLO:' : `No variant meets the SLO; the nearest is ${variant.title}:`;
  const what =
    verdict.judged_ms === null
      ? `${unservedOf(variant) || 'too many requests end before they answer'}, more than ${boundName(verdict)} allows`
      : `${boundName(verdict)} is ${judged(verdict)} (${limitText(variant, verdict)})`;
  return capitalised(`${who} ${what}${met}.`);
}

/** Of the run that loses most; of several seeds it is said. */
function unservedOf({ runs }: Variant): string {
  const [worst] = [...runs].sort((a, b) => b.summary.failed - a.summary.failed);
  const lost = unservedRequests(worst!.summary);
  return lost === '' || runs.length === 1 ? lost : `in the worst seed ${lost}`;
}

/** Which variants cannot keep up, with the rates of the one that comes nearest to it. */
function overloaded(sound: readonly Variant[], of: number): string {
  const found = sound.flatMap((variant) => {
    const overloads = variant.runs.flatMap(({ summary }) => summary.sim.overload ?? []);
    return overloads.length === 0 ? [] : [{ variant, overload: overloads.reduce(worseOverload) }];
  });
  if (found.length === 0) return '';
  const { variant, overload } = found.reduce((a, b) => (worseOverload(a.overload, b.overload) === a.overload ? b : a));
  const all = found.length === of;
  const who = all
    ? 'All variants are overloaded'
    : `Overloaded, ${found.length} of ${of}: ${listedVariants(
        found.map((each) => each.variant),
        MOST_NAMED,
      )}`;
  const example = found.length === 1 ? '' : ` with ${variant.title}`;
  return `${who}; ${overloadRates(overload)}${example}. The percentiles then depend on how long the load lasts.`;
}

function worseOverload(a: Overload, b: Overload): Overload {
  return b.completion_rate / b.arrival_rate < a.completion_rate / a.arrival_rate ? b : a;
}

function withoutSlo(sound: readonly Variant[], alike: boolean): string {
  const ttft = winner(sound, 'ttft_p99', ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration);
  const tpot = winner(sound, 'tpot_p99', ({ p99_tpot_ms }) => p99_tpot_ms, 'least', duration);
  const rate = (value: number) => `${number(value)} output tokens/s`;
  const throughput = winner(sound, 'output_throughput', (summary: Summary) => summary.output_throughput, 'most', rate);
  const found = [
    describe('TTFT p99', 'lowest', ttft, alike),
    sameLoad(sound)
      ? describe('TPOT p99', 'lowest', tpot, alike)
      : describe('throughput', 'highest', throughput, alike),
  ].filter((text) => text !== '');
  const how = sound.some(({ runs }) => runs.length > 1) ? ' (over all seeds)' : '';
  return found.length === 0 ? 'No request finished.' : `${capitalised(found.join('; '))}${how}.`;
}

function describe(what: string, extreme: 'lowest' | 'highest', best: Winner | null, alike: boolean): string {
  if (best === null) return '';
  if (best.tied || alike) return `${what} is ${best.text} for all variants`;
  return `the ${extreme} ${what} is ${best.text}, with ${listedVariants(best.equal)}`;
}

function seedsNote(variants: readonly Variant[], statistics: StudyStatistics | null): string {
  const fewest = Math.min(...variants.map(({ runs }) => runs.length));
  if (fewest === 1) return 'One seed: small differences may be chance.';
  const intervals =
    statistics === null || !hasIntervals(statistics)
      ? ''
      : `; ± and brackets are ${levelText(statistics.level)} intervals`;
  return `${plural(fewest, 'seed')} each, judged by all of them${intervals}.`;
}
