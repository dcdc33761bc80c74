/**
 * When a study has enough replications: `until` names metrics and how wide half of their intervals may be, and the study ends with the first
 * number of seeds at which every variant keeps all of them. What is held against the bound is the interval that the report prints. The
 * first number counts, however many runs there are already, so that the answer does not depend on how many ran at a time.
 * Each number is looked at once, and each run is measured once for as long as its warm-up is the same.
 */
import type { ResolvedStudy } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { type Metric, metricNamed } from '../../metrics/metric-names.ts';
import { FEWEST_UNITS } from '../../metrics/statistics/bootstrap.ts';
import { type MeasuredRun, Replications } from '../../metrics/statistics/estimates.ts';
import { halfWidthAllowed, type Precision, parsePrecision } from '../../metrics/statistics/stopping-rule.ts';
import type { Estimate } from '../../metrics/study-statistics.ts';
import type { RunReport } from '../../report/study-report.ts';
import { type MeasuredPart, measuredRun } from './measured-runs.ts';
import { isWithheld, prepareVariants } from './study-statistics-of.ts';
import { type ReadRequests, type StudyVariant, studyVariants } from './study-variants.ts';
import { checkWarmUp, cutMemory } from './warm-up-cut.ts';

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

/** What a study with `until` does next; one without it has enough with its own seeds. */
export class StoppingRule {
  private readonly study: ResolvedStudy;
  private readonly requests: ReadRequests;
  private readonly rules: readonly Rule[];
  private readonly measured = new Map<string, { readonly part: string; readonly run: MeasuredRun }>();
  private readonly cut = cutMemory();
  /** Whether any figure that a rule is on was withheld when the rules were last looked at. */
  private isWithheld = false;
  /** So many seeds are known to be too few. */
  private tooFew = 0;

  /** `study` as it is written, with the seeds to begin with. */
  constructor(study: ResolvedStudy, requests: ReadRequests) {
    this.study = study;
    this.requests = requests;
    this.rules = rulesOf(study);
  }

  /** `entries`: all runs so far, none at first; never fewer than before. */
  async next(entries: readonly RunReport[]): Promise<StudyStopping> {
    const { study } = this;
    const given = new Set(study.runs.map(({ seed }) => seed)).size;
    if (study.until === null) return { kind: 'enough', seeds: given, because: `${given} seeds, as the study says` };
    const most = Math.max(2, study.until.max_seeds);
    const first = Math.min(most, Math.max(2, given));
    const variants = studyVariants(study, entries);
    const known = Math.min(most, ...variants.map(({ runs }) => runs.length));
    if (variants.length === 0 || known < first)
      return { kind: 'more', seeds: first, because: `the rule needs ${first} seeds to begin with` };
    for (let seeds = Math.max(first, this.tooFew + 1); seeds < known; seeds++) {
      const missed = await this.misses(firstSeeds(variants, seeds)).next();
      if (missed.done) return this.enough(seeds);
      this.tooFew = seeds;
    }
    const worst = await this.worstMiss(firstSeeds(variants, known));
    if (worst === null) return this.enough(known);
    this.tooFew = known;
    if (known >= most)
      return { kind: 'limit', seeds: most, because: `${worst.because} after ${most} seeds, the most allowed` };
    const next = Math.min(most, Math.max(known + 1, worst.seedsNeeded));
    return { kind: 'more', seeds: next, because: `${worst.because} after ${known} seeds` };
  }

  /** The rule that is furthest from being kept; null where all are kept. */
  private async worstMiss(variants: readonly StudyVariant[]): Promise<Missed | null> {
    let worst: Missed | null = null;
    for await (const missed of this.misses(variants))
      if (missed.seedsNeeded > (worst?.seedsNeeded ?? 0)) worst = missed;
    return worst;
  }

  /** The rules that are not kept, of one variant after the other. Figures that are withheld or not measured bind nobody. */
  private async *misses(variants: readonly StudyVariant[]): AsyncGenerator<Missed, void> {
    const { verdicts, firstRows } = await prepareVariants(this.study, variants, this.requests, this.cut);
    const metrics = this.rules.map(({ metric }) => metric);
    this.isWithheld = verdicts.some((verdict) => metrics.some((metric) => isWithheld(metric, verdict)));
    for (const [index, variant] of variants.entries()) {
      const runs = await this.runsOf(variant, metrics, firstRows[index]!);
      const replications = new Replications(runs, metrics);
      for (const rule of this.rules.filter(({ metric }) => !isWithheld(metric, verdicts[index]!))) {
        const missed = missedBy(rule, replications.estimate(rule.metric, this.study.confidence), runs.length);
        if (missed !== null) yield missed;
      }
    }
  }

  private enough(seeds: number): StudyStopping {
    const withheld = this.isWithheld ? '; withheld figures bind nobody' : '';
    return { kind: 'enough', seeds, because: `all intervals are narrow enough with ${seeds} seeds${withheld}` };
  }

  private async runsOf(
    { runs, variant, options }: StudyVariant,
    metrics: readonly Metric[],
    firstRows: readonly number[],
  ): Promise<MeasuredRun[]> {
    const isCut = firstRows.some((row) => row > 0);
    const needLatencies = runs.length >= FEWEST_UNITS && metrics.some(({ quantile }) => quantile !== null);
    const measured: MeasuredRun[] = [];
    for (const [i, run] of runs.entries()) {
      const what: MeasuredPart = { firstRow: firstRows[i]!, isCut, needLatencies };
      const [key, part] = [JSON.stringify([variant, run.runId]), JSON.stringify(what)];
      const before = this.measured.get(key);
      if (before?.part !== part) {
        const now = await measuredRun(run, options, metrics, what, this.requests);
        this.measured.set(key, { part, run: withLatenciesOf(metrics, now.measured) });
      }
      measured.push(this.measured.get(key)!.run);
    }
    return measured;
  }
}

const NO_VALUES = new Float64Array(0);

/** Many runs are kept at a time: only the latencies that percentiles are asked of. */
function withLatenciesOf(metrics: readonly Metric[], run: MeasuredRun): MeasuredRun {
  if (run.latencies === null) return run;
  const asked = new Set(metrics.map(({ quantile }) => quantile?.latency as string | undefined));
  const columns = Object.entries(run.latencies).map(([name, values]) => [name, asked.has(name) ? values : NO_VALUES]);
  return { ...run, latencies: Object.fromEntries(columns) as MeasuredRun['latencies'] };
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
