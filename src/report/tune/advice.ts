/**
 * What a search found, in plain words: what to use and why, why not the next one, what is not decided and how many more replications would
 * tell, what changes on the other side of the answer.
 */
import { formatCount } from '../../core/units.ts';
import { listed, percent, plural } from '../format.ts';
import type { TuneCandidateReport, TuneReport } from './tune-report.ts';
import { boundText, calledText, metricOf, shortSetting, valueText, verdictText } from './tune-words.ts';

type Report = Omit<TuneReport, 'advice'>;

/** Sentences, the answer first. */
export function adviceOf(report: Report): string[] {
  const best = candidateNamed(report, report.best);
  const sentences =
    report.goal.kind === 'cheapest'
      ? [cheapestSentence(report, best), ...cheaperOnes(report, best), ...alsoGood(report)]
      : [answerSentence(report, best), nextSentence(report, best), ...beyondSentences(report, best)];
  return [...sentences, ...undecidedSentences(report), unpricedSentence(report), ...refusedSentences(report)].filter(
    (sentence) => sentence !== '',
  );
}

function candidateNamed({ candidates }: Report, name: string | null): TuneCandidateReport | null {
  return candidates.find((candidate) => candidate.name === name) ?? null;
}

function answerSentence(report: Report, best: TuneCandidateReport | null): string {
  const { goal } = report;
  if (best === null) return noneSentence(report);
  const kept = keptText(report, best);
  if (goal.kind === 'highest' && shortSetting(goal.setting) === 'request_rate')
    return `${calledText(report, best.name)} is the highest rate tried that keeps ${kept}.`;
  return `Use ${calledText(report, best.name)}: the ${goal.kind} value tried that keeps ${kept}.`;
}

/** `goodput 99.6 % (at least 99.0 %) and TTFT p99 1.20 s (at most 2.00 s)` */
function keptText(report: Report, { verdicts }: TuneCandidateReport): string {
  return listed(
    verdicts.map(({ metric: name, mean }, i) => {
      const metric = metricOf(report, name);
      return `${metric.label} ${valueText(metric, mean ?? Number.NaN)} (${boundText(report.bounds[i]!, metric)})`;
    }),
  );
}

function noneSentence(report: Report): string {
  const tried = report.candidates.filter(({ state }) => state === 'tried');
  const [first] = gentlestFirst(report, tried);
  const opening = `No candidate is shown to keep ${listed(
    report.bounds.map((bound) => {
      const metric = metricOf(report, bound.metric);
      return `${metric.label} ${boundText(bound, metric)}`;
    }),
  )}`;
  if (first === undefined) return `${opening}.`;
  const even =
    report.goal.kind === 'cheapest'
      ? ''
      : ` Even ${calledText(report, first.name)}, the gentlest, does not: ${whyText(report, first)}.`;
  return `${opening}.${even}`;
}

/** Where larger is gentler, the largest first. */
function gentlestFirst({ goal }: Report, candidates: readonly TuneCandidateReport[]): TuneCandidateReport[] {
  return goal.kind === 'smallest' ? candidates.toReversed() : [...candidates];
}

/** Why a candidate does not do: `the queue grows …`, `goodput 98.2 % (97.9 to 98.5 %)`. */
function whyText(report: Report, { reason, verdicts }: TuneCandidateReport): string {
  // The rest of the sentence is about what is withheld.
  if (reason !== null) return reason.replace(/; .*$/, '').replace(/\.$/, '');
  const failed = verdicts.filter(({ decision }) => decision === 'fails');
  const told = failed.length > 0 ? failed : verdicts.filter(({ decision }) => decision === 'undecided');
  return listed(told.map((verdict) => verdictText(report, verdict)));
}

const CUTS: Readonly<Record<string, string>> = {
  truncated: 'truncates',
  refused: 'refuses',
  not_served: 'does not serve',
};

function nextSentence(report: Report, best: TuneCandidateReport | null): string {
  if (best === null) return '';
  const next = candidateNamed(report, report.next);
  if (next === null)
    return `It is the ${report.goal.kind} of the candidates that start; go on beyond it to find the border.`;
  if (next.decision !== 'fails') return '';
  const failed = next.verdicts.filter(({ decision }) => decision === 'fails');
  const [only] = failed;
  const verb = next.reason === null && failed.length === 1 ? CUTS[only!.metric] : undefined;
  if (verb === undefined || only!.mean === null)
    return `${calledText(report, next.name)} does not do: ${whyText(report, next)}.`;
  const before = next.estimates.without_answer?.mean ?? 0;
  const share = only!.metric === 'truncated' && before > 0 ? `, ${percent(before)} before their answer began` : '';
  return `${calledText(report, next.name)} ${verb} ${valueText({ unit: 'share' }, only!.mean)} of the requests${share}.`;
}

/** What lies on the gentle side of the answer. */
function beyondSentences(report: Report, best: TuneCandidateReport | null): string[] {
  if (best === null || report.goal.kind === 'cheapest') return [];
  const gentler = report.candidates.filter(({ state, value }) => {
    const isGentler = report.goal.kind === 'smallest' ? value! > best.value! : value! < best.value!;
    return state === 'tried' && isGentler;
  });
  const failing = gentler.filter(({ decision }) => decision === 'fails');
  const holes = failing.map(
    (each) =>
      `${calledText(report, each.name)}, although ${report.goal.kind === 'smallest' ? 'larger' : 'smaller'}, does not do: ${whyText(report, each)}.`,
  );
  return [...holes.slice(0, 3), lengthSentence(report, best)];
}

/** Of `max_model_len`: whether more of it would change anything. */
function lengthSentence({ longest_request_tokens: longest }: Report, { value }: TuneCandidateReport): string {
  if (longest === null) return '';
  if (longest <= value!)
    return `Above it nothing changes: the longest request, prompt and answer, has ${formatCount(longest)} tokens.`;
  return `The longest request, prompt and answer, has ${formatCount(longest)} tokens: from there on nothing is cut.`;
}

function cheapestSentence(report: Report, best: TuneCandidateReport | null): string {
  if (best === null) return noneSentence(report);
  return `Use ${best.name}: ${objectiveText(report, best)}, the ${superlative(report)} that keeps ${keptText(report, best)}.`;
}

function superlative(report: Report): string {
  return objectiveOf(report).better === 'more' ? 'most' : 'least';
}

function objectiveOf(report: Report) {
  return metricOf(report, report.goal.kind === 'cheapest' ? report.goal.objective : '');
}

/** `$9.60 an hour`, `TTFT p99 1.20 s`. */
function objectiveText(report: Report, { estimates }: TuneCandidateReport): string {
  const metric = objectiveOf(report);
  const value = estimates[metric.name]?.mean;
  if (value === undefined) return `${metric.label} unknown`;
  const text = valueText(metric, value);
  return metric.unit === '$' ? `${text}${metric.label.replace(/^\$/, '')}` : `${metric.label} ${text}`;
}

const MOST_NAMED = 3;

/** Candidates with a better objective that fail a bound. */
function cheaperOnes(report: Report, best: TuneCandidateReport | null): string[] {
  const { name, better } = objectiveOf(report);
  const of = ({ estimates }: TuneCandidateReport) =>
    (better === 'more' ? -1 : 1) * (estimates[name]?.mean ?? Number.NaN);
  const failing = report.candidates
    .filter((each) => each.decision === 'fails' && (best === null || of(each) < of(best)))
    .sort((a, b) => of(b) - of(a));
  const shown = failing.slice(0, MOST_NAMED);
  const rest = failing.length - shown.length;
  return [
    ...shown.map((each) => `${each.name} (${objectiveText(report, each)}) does not do: ${whyText(report, each)}.`),
    ...(rest > 0 ? [`${rest} more with a better figure do not do either.`] : []),
  ];
}

function alsoGood(report: Report): string[] {
  if (report.tied.length === 0) return [];
  const [one] = report.tied;
  const verb = report.tied.length === 1 ? 'does' : 'do';
  const names =
    report.tied.length > MOST_NAMED
      ? [...report.tied.slice(0, MOST_NAMED), `${report.tied.length - MOST_NAMED} more`]
      : report.tied;
  return [
    `${report.tied.length === 1 ? one : listed(names)} ${verb} as well, as far as ${report.seeds.most} replications at most can tell.`,
  ];
}

function undecidedSentences(report: Report): string[] {
  return report.undecided.slice(0, MOST_NAMED).map((name) => {
    const candidate = candidateNamed(report, name)!;
    const open = candidate.verdicts.filter(({ decision }) => decision === 'undecided');
    const figures = open.map((verdict) => {
      const bound = report.bounds.find(({ metric }) => metric === verdict.metric)!;
      return `${verdictText(report, verdict)} against ${boundText(bound, metricOf(report, verdict.metric))}`;
    });
    const needed = Math.max(...open.map(({ replications_needed: each }) => each ?? Number.POSITIVE_INFINITY));
    const more = Number.isFinite(needed) ? `max_seeds: ${needed} should tell` : 'more replications would hardly tell';
    const price = report.goal.kind === 'cheapest' ? ` (${objectiveText(report, candidate)})` : '';
    return `Whether ${calledText(report, name)}${price} does is not decided after ${plural(candidate.runs.length, 'replication')}: ${listed(figures)}; ${more}.`;
  });
}

/** Candidates that may do and cannot be the answer. */
function unpricedSentence(report: Report): string {
  const { unit, name, label } = objectiveOf(report);
  const unknown = report.candidates.filter(
    ({ state, decision, estimates }) => state === 'tried' && decision !== 'fails' && estimates[name] == null,
  );
  if (report.goal.kind !== 'cheapest' || unknown.length === 0) return '';
  const names = unknown.slice(0, MOST_NAMED).map((each) => each.name);
  const rest = unknown.length > MOST_NAMED ? [`${unknown.length - MOST_NAMED} more`] : [];
  return `${label} is not known of ${listed([...names, ...rest])}${unit === '$' ? ': give the price under prices.gpu' : ''}.`;
}

function refusedSentences(report: Report): string[] {
  const named = (state: TuneCandidateReport['state'], one: string, several: string) => {
    const refused = report.candidates.filter((each) => each.state === state);
    const names = refused.slice(0, MOST_NAMED).map(({ name }) => name);
    const rest = refused.length > MOST_NAMED ? [`${refused.length - MOST_NAMED} more`] : [];
    return refused.length === 0 ? '' : `${listed([...names, ...rest])} ${refused.length === 1 ? one : several}`;
  };
  return [
    named('does_not_start', 'does not start.', 'do not start.'),
    named(
      'not_simulated',
      'cannot be simulated, so whether it would do is not known.',
      'cannot be simulated, so whether they would do is not known.',
    ),
  ];
}
