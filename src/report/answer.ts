/**
 * The answer of a study in a sentence or two: whether the SLO holds and by how much, and which variant is best where
 * there are several. It states what the numbers say and on how many seeds they rest, nothing more.
 */
import { type SloVerdict, sloMet } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { meansOfOne } from './answer-intervals.ts';
import { bestVariant } from './best-variant.ts';
import { duration, listed, number, percent, plural } from './format.ts';
import { basisOf, queueGrows, runsMeeting, verdictsOf } from './judged-variant.ts';
import { lossesOfVariants, lostRequests, unservedRequests } from './losses.ts';
import type { StudyReport } from './study-report.ts';
import { judgedVariants, type Variant } from './variants.ts';
import { againstLimit, boundName, judged, overloadRates } from './wording.ts';

export interface Answer {
  /** What was asked, with its interval where there is one. */
  readonly lead: string;
  /** What goes with it: who cannot keep up, what is lost, on how many seeds it rests. Empty where the lead says it all. */
  readonly remarks: string;
}

/** Sentences, without line breaks. */
export function answer(study: StudyReport): string {
  const { lead, remarks } = answerParts(study);
  return joined([lead, remarks]);
}

export function answerParts(study: StudyReport): Answer {
  const variants = judgedVariants(study);
  const statistics = study.statistics ?? null;
  const [first] = study.runs;
  if (first === undefined) return { lead: 'The study has no runs.', remarks: '' };
  if (variants.length > 1) return bestVariant(variants, study.runs, statistics);
  const [only] = variants;
  if (study.runs.length === 1) return { lead: `${oneRun(only!)} One run, seed ${first.seed}.`, remarks: '' };
  const means = statistics === null ? '' : meansOfOne(variants, statistics);
  return { lead: joined([replications(only!), means]), remarks: joined(lossesOfVariants(variants)) };
}

function joined(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function oneRun(variant: Variant): string {
  const { summary } = variant.runs[0]!;
  const { sim } = summary;
  const grows = queueGrows(variant);
  if (sim.stuck !== null) return `The queue is stuck: ${sim.stuck.replace(/\.$/, '')}.`;
  if (summary.completed === 0) return `No request finished: ${lostRequests(summary) || 'none arrived'}.`;
  return [
    sim.slo.length === 0 ? withoutSlo(summary) : grows ? withoutSteadyState(summary) : withSlo(summary),
    sim.overload === null
      ? grows && sim.slo.length === 0
        ? 'The queue grows: latencies depend on how long the load lasts.'
        : ''
      : `It is overloaded: ${overloadRates(sim.overload)}; the percentiles then depend on how long the load lasts.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function withoutSlo(summary: Summary): string {
  return (
    `Half of the requests get their first token within ${duration(summary.p50_ttft_ms)}, 99 % within ` +
    `${duration(summary.p99_ttft_ms)}; the deployment writes ${number(summary.output_throughput)} output tokens/s` +
    `${ending(lostRequests(summary))}`
  );
}

/** No share or latency of it is a fact about the deployment. */
function withoutSteadyState(summary: Summary): string {
  return `The SLO is missed: the queue grows, so that latencies depend on how long the load lasts${ending(lostRequests(summary))}`;
}

function withSlo(summary: Summary): string {
  const { slo, slo_met, goodput_share } = summary.sim;
  const lost = lostRequests(summary);
  const share = goodput_share === null ? '' : `; ${percent(goodput_share)} of the requests are within every limit`;
  const hopeless = slo.filter(({ met, judged_ms }) => met === false && judged_ms === null);
  // Missed bounds first: they are the news.
  const others = [
    ...slo.filter((verdict) => verdict.met === false && !hopeless.includes(verdict)),
    ...slo.filter(({ met }) => met !== false),
  ];
  if (hopeless.length > 0) {
    const allow = `${listed(hopeless.map(boundName))} ${hopeless.length === 1 ? 'allows' : 'allow'}`;
    const finished = hopeless.map((verdict) => `${boundName(verdict)} is ${duration(verdict.measured_ms)}`);
    const rest = others.length === 0 ? '' : `; ${listed(others.map(boundSentence))}`;
    return `The SLO is missed: ${lost}, more than ${allow}${rest}. Of those that finished, ${listed(finished)}${share}.`;
  }
  const counted =
    unservedRequests(summary) === '' ? '' : ' Requests that are not served count as infinitely late in the SLO.';
  return `${sloHolds(slo_met)}: ${listed(others.map(boundSentence))}${share}${ending(lost)}${counted}`;
}

function boundSentence(verdict: SloVerdict): string {
  if (verdict.met === null) return `${boundName(verdict)} could not be measured`;
  return `${boundName(verdict)} is ${judged(verdict)} (${againstLimit(verdict)})`;
}

function ending(lost: string): string {
  return lost === '' ? '.' : `; ${lost}.`;
}

function sloHolds(met: boolean | null): string {
  if (met === null) return 'The SLO cannot be judged';
  return met ? 'The SLO is met' : 'The SLO is missed';
}

/** Several seeds of one configuration: the range that each number took. */
function replications(variant: Variant): string {
  const { runs } = variant;
  const summaries = runs.map((run) => run.summary);
  const stuck = summaries.filter(({ sim }) => sim.stuck !== null).length;
  if (stuck > 0) return `The queue gets stuck in ${stuck} of ${runs.length} runs.`;
  if (queueGrows(variant)) {
    const verdict = summaries[0]!.sim.slo.length === 0 ? 'There is no steady state' : 'The SLO is missed';
    return joined([`${verdict}: the queue grows.`, overloadedSeeds(summaries)]);
  }
  return [rangesOverSeeds(variant, summaries), overloadedSeeds(summaries)]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function rangesOverSeeds(variant: Variant, summaries: readonly Summary[]): string {
  const slo = summaries[0]!.sim.slo;
  if (slo.length === 0) {
    const ttft = range(
      summaries.map((summary) => summary.p99_ttft_ms),
      duration,
    );
    const throughput = range(
      summaries.map((summary) => summary.output_throughput),
      number,
    );
    return `Over ${plural(summaries.length, 'seed')}, TTFT p99 is ${ttft} and the deployment writes ${throughput} output tokens/s.`;
  }
  const overall = verdictsOf(variant);
  const bounds = slo.map((bound, i) => {
    const verdicts = summaries.map(({ sim }) => sim.slo[i]!);
    const measured = range(
      verdicts.map(({ judged_ms, met: holds }) =>
        holds === false ? (judged_ms ?? Number.POSITIVE_INFINITY) : judged_ms,
      ),
      duration,
    );
    return `${boundName(bound)} is ${judged(overall[i]!)} (${basisOf(variant, overall[i]!)}, limit ${duration(bound.limit_ms)}; ${measured} in single runs)`;
  });
  return `${sloHolds(sloMet(overall))}, in ${runsMeeting(variant)} one by one: ${listed(bounds)}.`;
}

function overloadedSeeds(summaries: readonly Summary[]): string {
  const overloads = summaries.flatMap(({ sim }) => (sim.overload === null ? [] : [sim.overload]));
  const [first] = overloads;
  if (first === undefined) return '';
  const scope = overloads.length === summaries.length ? 'in every run' : `in ${overloads.length} of the runs`;
  return `It is overloaded ${scope}: ${overloadRates(first)}; the percentiles then depend on how long the load lasts.`;
}

/** `1.10 s to 1.38 s`, or the one value where they read the same. */
function range(values: readonly (number | null)[], format: (value: number | null) => string): string {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return format(null);
  const low = format(Math.min(...measured));
  const high = format(Math.max(...measured));
  return low === high ? low : `${low} to ${high}`;
}
