/**
 * A study's runs → its statistics: of each variant and metric the mean over replications with its interval, the difference to its
 * baseline on the same arrivals, the warm-up that was left out, and whether there is a steady state at all. Everything comes from run
 * reports and request tables, so that it is the same whoever ran them.
 */
import type { ResolvedStudy } from '../../config/resolved.ts';
import { type Metric, metricsOf } from '../../metrics/metric-names.ts';
import { FEWEST_UNITS } from '../../metrics/statistics/bootstrap.ts';
import { levelOfEach } from '../../metrics/statistics/confidence.ts';
import { Replications } from '../../metrics/statistics/estimates.ts';
import { type LoadBatches, meanLoad } from '../../metrics/statistics/load-batches.ts';
import { type Saturation, saturation } from '../../metrics/statistics/saturation.ts';
import type { StudyStatistics, VariantStatistics } from '../../metrics/study-statistics.ts';
import type { RunReport } from '../../report/study-report.ts';
import { type ComparedPair, comparedPairs, measuredPairs } from './compared-pairs.ts';
import { type MeasuredVariant, measuredVariant, metricsMeasured } from './measured-runs.ts';
import { statisticsNotes } from './statistics-notes.ts';
import { classNames, type ReadRequests, type StudyVariant, studyVariants } from './study-variants.ts';
import { type CutMemory, checkWarmUp, type WarmUpCut, warmUpCut } from './warm-up-cut.ts';

/** Of finished runs. Throws InputError where a warm-up is asked for and requests were not kept. */
export async function studyStatistics(
  study: ResolvedStudy,
  entries: readonly RunReport[],
  requests: ReadRequests,
): Promise<StudyStatistics> {
  const variants = studyVariants(study, entries);
  const metrics = metricsMeasured(metricsOf(classNames(entries)), entries);
  const prepared = await prepareVariants(study, variants, requests);
  const pairs = comparedPairs(study, variants);
  const compared = pairs.filter((pair) => pair !== null).length;
  const levels = {
    level: study.confidence,
    differenceLevel: levelOfEach(study.confidence, Math.max(1, compared)),
  };
  const measure = async (index: number) => {
    const isPooled = variants[index]!.runs.length >= FEWEST_UNITS;
    const of = await measuredVariant(variants[index]!, metrics, prepared.firstRows[index]!, requests, isPooled);
    const { runs, ...warmUp } = of;
    return { ...warmUp, replications: new Replications(runs, metrics) };
  };
  const rows: VariantStatistics[] = [];
  for await (const { own, of } of measuredPairs(pairs, measure)) {
    const index = rows.length;
    const pair = pairs[index];
    const against = of === null ? null : { ...pair!, ...of, verdict: prepared.verdicts[pair!.baseline]! };
    rows.push(variantRow(variants[index]!, metrics, { ...own, against, ...prepared.of(index), ...levels }));
  }
  const isCut = rows.some(({ warmUp }) => warmUp.requests > 0);
  const columns = metrics.map(({ name, label, unit, better, ofRequests }) => {
    return { name, label, unit, better, wholeRun: isCut && ofRequests === null };
  });
  const statistics = { ...levels, metrics: columns, variants: rows };
  return { ...statistics, notes: statisticsNotes(statistics, study) };
}

export interface PreparedVariants {
  readonly verdicts: readonly (Saturation | null)[];
  /** The first row that is kept, of each variant and each of its runs. */
  readonly firstRows: WarmUpCut['firstRows'];
  /** Of one variant. */
  of(index: number): { readonly verdict: Saturation | null; readonly warmUpNote: string | null };
}

/** The saturation verdicts and the warm-up, which have to be known of all variants before any is measured. */
export async function prepareVariants(
  study: ResolvedStudy,
  variants: readonly StudyVariant[],
  requests: ReadRequests,
  memory: CutMemory | null = null,
): Promise<PreparedVariants> {
  checkWarmUp(study);
  const verdicts = variants.map(({ runs }) => verdictOf(runs.map((run) => run.load ?? null)));
  const { firstRows, notes } = await warmUpCut(study.warm_up, variants, verdicts.map(isGrowing), requests, memory);
  return { verdicts, firstRows, of: (index) => ({ verdict: verdicts[index]!, warmUpNote: notes[index]! }) };
}

/** Of all replications together; how many of them grow by themselves tells a system that is over its capacity from one that some seeds push over it. */
function verdictOf(loads: readonly (LoadBatches | null)[]): Saturation | null {
  const load = meanLoad(loads);
  if (load === null) return null;
  const verdict = saturation(load);
  if (verdict.verdict !== 'growing' || loads.length < 2) return verdict;
  const growing = loads.filter((each) => saturation(each!).verdict === 'growing').length;
  return {
    ...verdict,
    because: `${verdict.because}; of ${loads.length} runs one by one, ${growing} grow beyond doubt`,
  };
}

/** Whether what a metric says would be a matter of how long the run was. */
export function isWithheld({ isOfSteadyState }: Metric, verdict: Saturation | null): boolean {
  return isOfSteadyState && isGrowing(verdict);
}

function isGrowing(verdict: Saturation | null): boolean {
  return verdict?.verdict === 'growing';
}

interface RowInputs extends Omit<MeasuredVariant, 'runs'> {
  readonly replications: Replications;
  /** The baseline; null for a baseline itself, and where there is none. */
  readonly against: (ComparedPair & { replications: Replications; verdict: Saturation | null }) | null;
  readonly verdict: Saturation | null;
  readonly warmUpNote: string | null;
  readonly level: number;
  readonly differenceLevel: number;
}

function variantRow({ variant, runs }: StudyVariant, metrics: readonly Metric[], inputs: RowInputs): VariantStatistics {
  const { replications, against, verdict, level, differenceLevel } = inputs;
  const byName = <T>(of: (metric: Metric) => T | null) =>
    Object.fromEntries(metrics.map((metric) => [metric.name, isWithheld(metric, verdict) ? null : of(metric)]));
  return {
    variant,
    runs: runs.length,
    warmUp: { requests: inputs.warmUpRequests, seconds: inputs.warmUpSeconds, note: inputs.warmUpNote },
    saturation: verdict?.verdict ?? null,
    saturationReason: verdict?.because ?? null,
    growthPerSecond: verdict?.growth.mean ?? null,
    withheld: isGrowing(verdict) ? verdict!.because : null,
    estimates: byName((metric) => replications.estimate(metric, level)),
    baseline: against?.baseline ?? null,
    otherLoad: against !== null && !against.sameLoad,
    versusBaseline:
      against === null
        ? null
        : byName((metric) =>
            isWithheld(metric, against.verdict)
              ? null
              : replications.versus(against.replications, metric, differenceLevel),
          ),
  };
}
