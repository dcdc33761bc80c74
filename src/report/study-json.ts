/** `study.json`: what was asked, which runs answer it, and the statistics over them, for programs. */
import type { StudyStatistics, VariantStatistics } from '../metrics/study-statistics.ts';
import type { StudyReport } from './study-report.ts';

/** Ends with a line end. */
export function studyJson(study: StudyReport, servesimVersion: string): string {
  const { name, question, runs, notStarted = [], statistics } = study;
  const content = {
    name,
    question,
    servesim_version: servesimVersion,
    not_started: notStarted,
    runs: runs.map(({ runId, seed, variant, variantName = null, title }) => {
      return { run_id: runId, seed, variant, variant_name: variantName, title };
    }),
    statistics: statistics === undefined ? null : statisticsJson(statistics),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** The statistics with names as files have them. */
export function statisticsJson({ level, differenceLevel, metrics, variants, notes }: StudyStatistics) {
  return {
    level,
    difference_level: differenceLevel,
    metrics: metrics.map(({ wholeRun, ...metric }) => ({ ...metric, whole_run: wholeRun })),
    variants: variants.map(variantJson),
    notes,
  };
}

function variantJson(of: VariantStatistics) {
  const { variant, runs, warmUp, saturation, saturationReason, withheld, estimates } = of;
  const { baseline, otherLoad, versusBaseline } = of;
  return {
    variant,
    runs,
    warm_up: warmUp,
    saturation,
    saturation_reason: saturationReason,
    withheld,
    estimates,
    baseline,
    other_load: otherLoad,
    versus_baseline: versusBaseline,
  };
}
