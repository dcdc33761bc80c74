/** A search that has ended → its report: every candidate with its figures, and what was found in words. */
import { deploymentGpus } from '../../config/deployment-gpus.ts';
import type { ResolvedRun, ResolvedStudy, TuneSettings } from '../../config/resolved.ts';
import type { Metric } from '../../metrics/metric-names.ts';
import { Replications } from '../../metrics/statistics/estimates.ts';
import { paretoPlaces, type Sense } from '../../metrics/statistics/pareto.ts';
import type { Estimate } from '../../metrics/study-statistics.ts';
import { adviceOf } from '../../report/tune/advice.ts';
import type { TuneCandidateReport, TuneReport, TuneReportGoal, TuneVerdict } from '../../report/tune/tune-report.ts';
import { PACKAGE_VERSION } from '../package-files.ts';
import type { CandidateRuns } from './candidate-runs.ts';
import type { Candidate } from './candidates.ts';
import type { Found, Judgement, Plan } from './search.ts';
import type { TuneMetrics } from './tune-metrics.ts';

export interface Searched {
  readonly study: Pick<ResolvedStudy, 'name' | 'question' | 'confidence'>;
  readonly tune: TuneSettings;
  readonly metrics: TuneMetrics;
  readonly plan: Plan;
  /** In the order of the study. */
  readonly candidates: readonly Candidate[];
  readonly nameOf: (candidate: Candidate) => string;
  readonly runsOf: (candidate: Candidate) => CandidateRuns | null;
  readonly found: Found;
  readonly runsNeeded: number;
  readonly longestRequestTokens: number | null;
}

export function tuneReportOf(searched: Searched): TuneReport {
  const { study, tune, metrics, plan, candidates, nameOf, found } = searched;
  const rows = candidates.map((candidate) => candidateReport(candidate, searched));
  const places = paretoOf(rows, metrics.pareto);
  const names = (some: readonly Candidate[]) => some.map(nameOf);
  const decisive = [...metrics.constraints.map(({ metric }) => metric), metrics.objective];
  const started = candidates.find(({ run }) => run !== null)!.run!;
  const report: Omit<TuneReport, 'advice'> = {
    name: study.name,
    question: study.question,
    servesim_version: PACKAGE_VERSION,
    vllm_version: started.deployment.vllm_version,
    goal: goalOf(tune, candidates),
    method: plan.method,
    bounds: metrics.constraints.map(({ metric, bound, limit, written }) => ({
      metric: metric.name,
      bound,
      limit,
      written,
    })),
    metrics: metrics.shown
      .filter((metric) => decisive.includes(metric) || rows.some(({ estimates }) => estimates[metric.name] != null))
      .map(({ name, label, unit, better }) => ({ name, label, unit, better })),
    level: study.confidence,
    level_of_each: found.levelOfEach,
    confidence: study.confidence,
    seeds: { first: plan.looks[0]!, most: plan.looks.at(-1)! },
    runs: { needed: searched.runsNeeded, most: plan.most },
    candidates: rows.map((row, i) => ({ ...row, pareto: places[i]! })),
    best: found.best === null ? null : nameOf(found.best),
    next: found.next === null ? null : nameOf(found.next),
    tied: names(found.tied),
    undecided: names(found.undecided),
    longest_request_tokens: searched.longestRequestTokens,
    pareto: metrics.pareto.map(({ name }) => name),
    notes: notesOf(searched),
  };
  return { ...report, advice: adviceOf(report) };
}

function goalOf({ goal }: TuneSettings, candidates: readonly Candidate[]): TuneReportGoal {
  if (goal.kind !== 'cheapest') return { kind: goal.kind, setting: goal.setting };
  const settings = [...new Set(candidates.flatMap((each) => Object.keys(each.settings)))];
  return { kind: 'cheapest', settings, objective: goal.objective };
}

function candidateReport(candidate: Candidate, searched: Searched): TuneCandidateReport {
  const { metrics, nameOf, runsOf, found, study } = searched;
  const { settings, value, run, refusal, isSimulatable } = candidate;
  const judgement = found.judgements.get(candidate) ?? null;
  const runs = runsOf(candidate);
  return {
    name: nameOf(candidate),
    ...{ settings, value },
    state: !isSimulatable
      ? 'not_simulated'
      : run === null
        ? 'does_not_start'
        : judgement === null
          ? 'untried'
          : 'tried',
    reason: refusal ?? runs?.refusal ?? noObjective(runs, metrics.objective),
    is_growing: runs?.isGrowing ?? false,
    decision: judgement?.decision ?? null,
    verdicts: judgement === null ? [] : verdictsOf(judgement, metrics),
    estimates: estimatesOf(runs, metrics.shown, study.confidence),
    ...(run === null ? { gpus: null, max_concurrency: null, kv_cache_tokens: null } : capacityOf(run)),
    runs: (runs?.reports ?? []).map(({ runId, seed }) => ({ run_id: runId, seed })),
    beaten_by: judgement?.beatenBy == null ? null : nameOf(judgement.beatenBy),
    pareto: null,
  };
}

function noObjective(runs: CandidateRuns | null, objective: Metric | null): string | null {
  if (runs === null || objective === null || runs.runs.length === 0) return null;
  const isMeasured = runs.runs.every(({ values }) => values[objective.name] != null);
  return isMeasured ? null : `${objective.label} is not known${objective.unit === '$' ? ': a price is missing' : ''}`;
}

function verdictsOf({ verdicts }: Judgement, { constraints }: TuneMetrics): TuneVerdict[] {
  return verdicts.map(({ replicationsNeeded, ...rest }, i) => ({
    metric: constraints[i]!.metric.name,
    ...rest,
    replications_needed: replicationsNeeded,
  }));
}

function estimatesOf(
  runs: CandidateRuns | null,
  shown: readonly Metric[],
  level: number,
): Record<string, Estimate | null> {
  if (runs === null || runs.runs.length === 0) return {};
  const replications = new Replications(runs.runs, shown);
  return Object.fromEntries(
    shown.map((metric) => [
      metric.name,
      runs.isGrowing && metric.isOfSteadyState ? null : replications.estimate(metric, level),
    ]),
  );
}

/** What vLLM prints at start-up, of all engines together. */
function capacityOf({ pools }: ResolvedRun) {
  const engines = pools.map(({ deployment }) => {
    const { replicas, data_parallel_size, memory } = deployment;
    return { count: replicas * data_parallel_size, ...memory };
  });
  const sum = (of: (engine: (typeof engines)[number]) => number) =>
    engines.reduce((total, engine) => total + engine.count * of(engine), 0);
  return {
    gpus: pools.reduce((total, { deployment }) => total + deploymentGpus(deployment), 0),
    max_concurrency: sum(({ maxConcurrency }) => maxConcurrency),
    kv_cache_tokens: sum(({ maxConcurrency, maxModelLen }) => Math.floor(maxConcurrency * maxModelLen)),
  };
}

function paretoOf(rows: readonly TuneCandidateReport[], metrics: readonly Metric[]): TuneCandidateReport['pareto'][] {
  if (metrics.length === 0) return rows.map(() => null);
  const senses = metrics.map(({ better }): Sense => (better === 'more' ? 'max' : 'min'));
  const points = rows.map(({ estimates }) => metrics.map(({ name }) => estimates[name]?.mean ?? null));
  return paretoPlaces(points, senses).map(({ kind }) => (kind === 'incomplete' ? null : kind));
}

const AGREEING =
  'All replications of the answer agree in a bound, so its interval has no width: what goes wrong in one run of a hundred is not seen by so few.';

function isWithoutSpread({ found }: Searched): boolean {
  const judgement = found.best === null ? undefined : found.judgements.get(found.best);
  return judgement?.verdicts.some(({ low, high }) => low !== null && low === high) ?? false;
}

function notesOf(searched: Searched): string[] {
  const { found, nameOf, plan, candidates } = searched;
  const turns = found.inversions.map(
    ({ gentler, harder, metric }) => `${metric} is better with ${nameOf(harder)} than with ${nameOf(gentler)}`,
  );
  const untried = plan.order.length - found.judgements.size;
  const unknown = candidates.filter(({ isSimulatable }) => !isSimulatable).length;
  const refused = candidates.length - plan.order.length - unknown;
  return [
    ...(turns.length === 0
      ? []
      : [
          `A bisection needs one border: ${turns.join('; ')}. There may be another one; search: all tries every candidate.`,
        ]),
    ...(untried > 0 && plan.method === 'bisection' ? [`${untried} candidates were not needed for the bisection.`] : []),
    ...(refused > 0 ? [`${refused} of ${candidates.length} candidates do not start and were not simulated.`] : []),
    ...(unknown > 0
      ? [`${unknown} of ${candidates.length} candidates cannot be simulated: whether they would do is not known.`]
      : []),
    ...(isWithoutSpread(searched) ? [AGREEING] : []),
  ];
}
