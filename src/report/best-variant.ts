/**
 * Which variant of a sweep the numbers favour. With an SLO: the smallest deployment that meets it in every run, and the
 * one with the most goodput; else the nearest, and why it fails. Without: the shortest latency or the most throughput.
 */
import type { Overload } from '../metrics/arrival-window.ts';
import type { StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { againstBaseline, steadiness } from './answer-intervals.ts';
import { byDistance, type Nearest, sameLoad, variantsDiffer, type Winner, winner } from './compare-variants.ts';
import { duration, listed, number, percent, plural } from './format.ts';
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
  const alike = stuck.length === 0 && !variantsDiffer(variants);
  const names = variantKeys(runs).map(({ header }) => header);
  const verdict = [
    alike ? `${listed(names)} ${names.length === 1 ? 'makes' : 'make'} no difference here.` : '',
    withSlo(variants) ? bySlo(sound, variants.length, alike) : withoutSlo(sound, alike),
    statistics === null ? '' : againstBaseline(favoured(sound), variants, statistics),
  ];
  const remarks = [
    stuck.length === 0 ? '' : `The queue gets stuck with ${listedVariants(stuck)}.`,
    statistics === null ? overloaded(sound, alike) : steadiness(variants, statistics),
    ...lossesOfVariants(variants),
    seedsNote(variants, statistics),
  ];
  const joined = (sentences: readonly string[]) => sentences.filter((sentence) => sentence !== '').join(' ');
  return { lead: joined(verdict), remarks: joined(remarks) };
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
  if (!withSlo(sound)) return winner(sound, ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration)?.equal[0] ?? null;
  const meeting = sound.filter(meets);
  return (meeting.length > 0 ? bestOf(meeting) : byDistance(sound)[0])?.variant ?? null;
}

function meets({ runs }: Variant): boolean {
  return runs.every(({ summary }) => summary.sim.slo_met === true);
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
    ? winner(meeting, ({ sim }) => sim.goodput_share, 'most', percent)
    : winner(meeting, ({ request_goodput }) => request_goodput, 'most', number);
  return byDistance(most?.equal ?? meeting)[0]!;
}

/** `95.0 % of the requests are within every limit, and TTFT p99 is 1.20 s`; with the rate where it can differ. */
function goodputOf({ variant, distance: { verdict } }: Nearest, ofRate: boolean): string {
  const tightest = `${boundName(verdict)} is ${judged(verdict)} (${againstLimit(verdict)})`;
  const shares = variant.runs.map((run) => run.summary.sim.goodput_share);
  const rates = variant.runs.map((run) => run.summary.request_goodput);
  const worst = (values: (number | null)[]) =>
    values.includes(null) ? null : Math.min(...values.map((value) => value!));
  const share = worst(shares);
  if (share === null) return tightest;
  const rate = ofRate ? `, ${number(worst(rates))} a second` : '';
  return `${percent(share)} of the requests are within every limit${rate}, and ${tightest}`;
}

function noneMeets(sound: readonly Variant[], alike: boolean): string {
  const [nearest] = byDistance(sound);
  if (nearest === undefined) return 'No variant meets the SLO.';
  const { variant, summary, distance } = nearest;
  const { verdict } = distance;
  const who = alike ? 'no variant meets the SLO:' : `No variant meets the SLO; the nearest is ${variant.title}:`;
  const what =
    verdict.judged_ms === null
      ? `${unservedRequests(summary) || 'too many requests end before they answer'}, more than ${boundName(verdict)} allows`
      : `${boundName(verdict)} is ${judged(verdict)} (${againstLimit(verdict)})`;
  return capitalised(`${who} ${what}.`);
}

/** Which variants cannot keep up, with the rates of the one that comes nearest to it. */
function overloaded(sound: readonly Variant[], alike: boolean): string {
  const found = sound.flatMap((variant) => {
    const overloads = variant.runs.flatMap(({ summary }) => summary.sim.overload ?? []);
    return overloads.length === 0 ? [] : [{ variant, overload: overloads.reduce(worseOverload) }];
  });
  if (found.length === 0) return '';
  const { variant, overload } = found.reduce((a, b) => (worseOverload(a.overload, b.overload) === a.overload ? b : a));
  const all = found.length === sound.length;
  const who = all
    ? 'All variants are overloaded'
    : `Overloaded: ${listedVariants(
        found.map((each) => each.variant),
        MOST_NAMED,
      )}`;
  const example = found.length === 1 || alike ? '' : ` with ${variant.title}`;
  return `${who}; ${overloadRates(overload)}${example}. The percentiles then depend on how long the load lasts.`;
}

function worseOverload(a: Overload, b: Overload): Overload {
  return b.completion_rate / b.arrival_rate < a.completion_rate / a.arrival_rate ? b : a;
}

function withoutSlo(sound: readonly Variant[], alike: boolean): string {
  const ttft = winner(sound, ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration);
  const tpot = winner(sound, ({ p99_tpot_ms }) => p99_tpot_ms, 'least', duration);
  const rate = (value: number) => `${number(value)} output tokens/s`;
  const throughput = winner(sound, (summary: Summary) => summary.output_throughput, 'most', rate);
  const found = [
    describe('TTFT p99', 'lowest', ttft, alike),
    sameLoad(sound)
      ? describe('TPOT p99', 'lowest', tpot, alike)
      : describe('throughput', 'highest', throughput, alike),
  ].filter((text) => text !== '');
  return found.length === 0 ? 'No request finished.' : `${capitalised(found.join('; '))}.`;
}

function describe(what: string, extreme: 'lowest' | 'highest', best: Winner | null, alike: boolean): string {
  if (best === null) return '';
  if (best.tied || alike) return `${what} is ${best.text} for all variants`;
  return `the ${extreme} ${what} is ${best.text}, with ${listedVariants(best.equal)}`;
}

function capitalised(sentence: string): string {
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}`;
}

function seedsNote(variants: readonly Variant[], statistics: StudyStatistics | null): string {
  const fewest = Math.min(...variants.map(({ runs }) => runs.length));
  if (fewest === 1) return 'One seed: small differences may be chance.';
  const intervals =
    statistics === null || !hasIntervals(statistics)
      ? ''
      : `; ± and brackets are ${levelText(statistics.level)} intervals`;
  return `${plural(fewest, 'seed')} each, judged by the worst${intervals}.`;
}
