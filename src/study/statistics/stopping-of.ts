/**
 * When a study has enough replications: `until` names metrics and how wide half of their intervals may be, and the study ends with the first
 * number of seeds at which every variant keeps all of them. What is held against the bound is the interval that the report prints. The
 * first number counts, however many runs there are already, so that the answer does not depend on how many ran at a time.
 */
import type { ResolvedStudy } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { type Metric, metricNamed } from '../../metrics/metric-names.ts';
import { FEWEST_UNITS } from '../../metrics/statistics/bootstrap.ts';
import { Replications } from '../../metrics/statistics/estimates.ts';
import { halfWidthAllowed, type Precision, parsePrecision } from '../../metrics/statistics/stopping-rule.ts';
import type { Estimate } from '../../metrics/study-statistics.ts';
import type { RunReport } from '../../report/study-report.ts';
import { measuredVariant } from './measured-runs.ts';
import { isWithheld, prepareVariants } from './study-statistics-of.ts';
import { type ReadRequests, type StudyVariant, studyVariants } from './study-variants.ts';
import { checkWarmUp } from './warm-up-cut.ts';

export interface StudyStopping {
  /** `enough`: the study ends with so many seeds. `more`: it should have so many next. `limit`: it ends, and some intervals are wider. */
  readonly kind: 'enough' | 'more' | 'limit';
  /** Of each variant, the first ones in the order of the study. */
  readonly seeds: number;
  /** The reason in words. */
  readonly because: string;
}

/** Throws InputError where `until` or `warm_up` asks for what cannot be. To be asked before anything is simulated. */
export function checkStatistics(study: ResolvedStudy): void {
  checkWarmUp(study);
  rulesOf(study);
}

/**
 * What a study with `until` does next; one without it has enough with its own seeds. `study` as it is written, with the seeds to begin with;
 * `entries`: all runs so far, none at first.
 */
export async function stoppingOf(
  study: ResolvedStudy,
  entries: readonly RunReport[],
  requests: ReadRequests,
): Promise<StudyStopping> {
  const given = new Set(study.runs.map(({ seed }) => seed)).size;
  const rules = rulesOf(study);
  if (study.until === null) return { kind: 'enough', seeds: given, because: `${given} seeds, as the study says` };
  const most = Math.max(2, study.until.max_seeds);
  const first = Math.min(most, Math.max(2, given));
  const variants = studyVariants(study, entries);
  const known = Math.min(most, ...variants.map(({ runs }) => runs.length));
  if (variants.length === 0 || known < first)
    return { kind: 'more', seeds: first, because: `the rule needs ${first} seeds to begin with` };
  let missed: Missed | null = null;
  for (let seeds = first; seeds <= known; seeds++) {
    missed = await firstMissed(study, firstSeeds(variants, seeds), rules, requests);
    if (missed === null)
      return { kind: 'enough', seeds, because: `all intervals are narrow enough with ${seeds} seeds` };
  }
  if (known >= most)
    return { kind: 'limit', seeds: most, because: `${missed!.because} after ${most} seeds, the most allowed` };
  const next = Math.min(most, Math.max(known + 1, missed!.seedsNeeded));
  return { kind: 'more', seeds: next, because: `${missed!.because} after ${known} seeds` };
}

interface Rule {
  readonly text: string;
  readonly metric: Metric;
  /** In the unit of the metric. */
  readonly precision: Precision;
}

function rulesOf({ until, runs }: ResolvedStudy): Rule[] {
  const classes = [...new Set(runs.flatMap(({ workload }) => workload.classes.map(({ name }) => name)))];
  return (until?.precisions ?? []).map((text) => {
    const { precision, isDuration, metric: name } = parsePrecision(text);
    const metric = metricNamed(name, classes, `until ${text}`);
    if (precision.kind === 'relative') return { text, metric, precision };
    const isTime = metric.unit === 'ms';
    if (isTime !== isDuration)
      throw new InputError(
        `until ${text}: expected ${isTime ? 'a duration, such as 20ms,' : `a number (of ${metric.unit}), such as 0.01,`} or a percentage, such as 5%, of ${name}.`,
      );
    return { text, metric, precision: { kind: 'absolute', amount: precision.amount / (isTime ? 1000 : 1) } };
  });
}

function firstSeeds(variants: readonly StudyVariant[], seeds: number): StudyVariant[] {
  return variants.map((variant) => ({ ...variant, runs: variant.runs.slice(0, seeds) }));
}

interface Missed {
  readonly because: string;
  /** As many as should be enough if the spread stays what it is. */
  readonly seedsNeeded: number;
}

/** The rule that is furthest from being kept; null where all are kept. Figures that are withheld or not measured bind nobody. */
async function firstMissed(
  study: ResolvedStudy,
  variants: readonly StudyVariant[],
  rules: readonly Rule[],
  requests: ReadRequests,
): Promise<Missed | null> {
  const { verdicts, firstRows } = await prepareVariants(study, variants, requests);
  const metrics = rules.map(({ metric }) => metric);
  let worst: Missed | null = null;
  for (const [index, variant] of variants.entries()) {
    const isPooled = variant.runs.length >= FEWEST_UNITS && metrics.some(({ quantile }) => quantile !== null);
    const { runs } = await measuredVariant(variant, metrics, firstRows[index]!, requests, isPooled);
    const replications = new Replications(runs, metrics);
    for (const rule of rules.filter(({ metric }) => !isWithheld(metric, verdicts[index]!))) {
      const missed = missedBy(rule, replications.estimate(rule.metric, study.confidence), runs.length);
      if (missed !== null && missed.seedsNeeded > (worst?.seedsNeeded ?? 0)) worst = missed;
    }
  }
  return worst;
}

function missedBy({ text, precision }: Rule, estimate: Estimate | null, seeds: number): Missed | null {
  if (estimate === null) return null;
  const { mean, low, high } = estimate;
  const half = low === null || high === null ? Number.POSITIVE_INFINITY : (high - low) / 2;
  const allowed = halfWidthAllowed(precision, mean);
  if (half <= allowed) return null;
  const times = half / allowed;
  return {
    because: `half an interval is ${Number(times.toPrecision(3))} times what ${text} allows`,
    seedsNeeded: Math.ceil(seeds * Math.min(times, 1000) ** 2),
  };
}
