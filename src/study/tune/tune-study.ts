/** `tune:` of a study → what its search found. The same study gives the same bytes, however many runs are made at a time. */
import type { TuneSettings } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import type { TuneReport } from '../../report/tune/tune-report.ts';
import type { OpenStudy } from '../open-study.ts';
import type { Runner } from '../runner.ts';
import { raiseTogether } from '../simulatable.ts';
import { checkWarmUp } from '../statistics/warm-up-cut.ts';
import { warmUpProblem } from '../statistics/warm-up-fits.ts';
import { candidateNames } from './candidate-names.ts';
import { CandidateLaboratory, checkWarmUpOfSearch, type TuneProgress } from './candidate-runs.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { longestRequestTokens } from './longest-request.ts';
import { type Plan, planOf, search } from './search.ts';
import { type TuneMetrics, tuneMetrics } from './tune-metrics.ts';
import { tuneReportOf } from './tune-report-of.ts';

/** A search that is ready to begin. */
export interface TunePlan {
  readonly tune: TuneSettings;
  readonly metrics: TuneMetrics;
  /** In the order of the study. */
  readonly candidates: readonly Candidate[];
  readonly plan: Plan;
  readonly nameOf: (candidate: Candidate) => string;
}

/** Throws InputError with what is wrong with the search; nothing is simulated. */
export function tunePlan(
  study: Pick<OpenStudy, 'resolved' | 'withSettings' | 'catalog' | 'folder'>,
  file: string,
): TunePlan {
  const { tune } = study.resolved;
  if (tune === null)
    throw new InputError(
      `${file}: has no tune, so there is nothing to search; expected one, such as tune: { smallest: deployment.max_model_len, candidates: [8k, 16k], constraints: { truncated: "<= 1%" } }, or servesim run.`,
    );
  checkWarmUpOfSearch(study.resolved);
  checkWarmUp(study.resolved);
  const candidates = candidatesOf(study, tune);
  const names = candidateNames(candidates);
  const { warm_up } = study.resolved;
  raiseTogether(
    candidates.map(({ run }, i) => [names[i]!, run === null ? null : warmUpProblem(warm_up, run.workload)]),
  );
  const { workload, slo } = candidates.find(({ run }) => run !== null)!.run!;
  const classes = workload.classes.map(({ name }) => name);
  // Classes may have objectives of their own, by which their requests are good.
  const bounds = [...slo, ...workload.classes.flatMap((each) => each.slo)];
  return {
    tune,
    metrics: tuneMetrics(tune, classes, bounds),
    candidates,
    plan: planOf(tune, candidates),
    nameOf: (candidate) => names[candidates.indexOf(candidate)]!,
  };
}

/** Searches. */
export async function tuneStudy(
  study: Pick<OpenStudy, 'resolved' | 'withSettings'>,
  { tune, metrics, candidates, plan, nameOf }: TunePlan,
  runner: Pick<Runner, 'run' | 'requests'>,
  onProgress?: (progress: TuneProgress) => void,
): Promise<TuneReport> {
  const laboratory = new CandidateLaboratory(plan.order, {
    ...{ study, tune, metrics, runner, nameOf },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const found = await search(tune, plan, metrics, study.resolved.confidence, (probes) => laboratory.answer(probes));
  const runsOf = (candidate: Candidate) => laboratory.of(candidate);
  return tuneReportOf({
    study: study.resolved,
    ...{ tune, metrics, plan, candidates, nameOf, found, runsOf },
    runsNeeded: laboratory.runsNeeded,
    longestRequestTokens: await longestRequestTokens(tune.goal, candidates.map(runsOf), runner),
  });
}
