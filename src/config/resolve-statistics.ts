/** What a study says about its statistics, with every default applied; which variants are compared is found in `resolve-baseline.ts`. */
import { parseDurationUs } from '../core/units.ts';
import { parsePercent } from './percent.ts';
import { type Path, type Problem, quoted, raise, type StudySource } from './problems.ts';
import type { StudyStatisticsSettings, UntilSettings, WarmUp } from './resolved-statistics.ts';
import type { StudyFile } from './schema.ts';

/** Replications that the stopping rule begins with. */
const FEWEST_SEEDS = 10;
const MAX_SEEDS = 40;
const CONFIDENCE = 0.95;

export interface StatisticsContext {
  /** What is wrong with a precision such as `5% of ttft_p99`; undefined: nothing. Left out: its form alone is checked. */
  readonly precisionProblem?: (text: string) => string | undefined;
}

/** All but what is compared, or what is wrong, located. */
export function resolveStatistics(
  source: StudySource,
  study: StudyFile,
  context: StatisticsContext,
): Omit<StudyStatisticsSettings, 'comparisons' | 'not_compared'> {
  return {
    warm_up: resolveWarmUp(study.warm_up),
    confidence: study.confidence === undefined ? CONFIDENCE : parsePercent(study.confidence),
    until: resolveUntil(source, study, context),
  };
}

function resolveWarmUp(warmUp: StudyFile['warm_up']): WarmUp {
  if (warmUp === 'mser-5') return { kind: 'mser_5' };
  const us = warmUp == null || warmUp === 'none' ? 0 : parseDurationUs(warmUp);
  return us === 0 ? { kind: 'none' } : { kind: 'time', us };
}

function resolveUntil(
  source: StudySource,
  { until, seeds }: StudyFile,
  { precisionProblem }: StatisticsContext,
): UntilSettings | null {
  if (until == null) return null;
  const written = until.ci_halfwidth;
  const precisions = [written].flat();
  const max_seeds = until.max_seeds ?? MAX_SEEDS;
  const problems: Problem[] = precisions.flatMap((text, i) => {
    const message = precisionProblem?.(text);
    const path: Path = ['until', 'ci_halfwidth', ...(Array.isArray(written) ? [i] : [])];
    return message === undefined ? [] : [{ path, at: 'value' as const, message }];
  });
  if (Array.isArray(seeds)) {
    const message = `read ${quoted(seeds)}, expected how many to begin with, since until adds the ones after them`;
    problems.push({ path: ['seeds'], at: 'value', message });
  } else if (firstSeeds(seeds, true) > max_seeds) {
    const at: Path = until.max_seeds === undefined ? ['seeds'] : ['until', 'max_seeds'];
    const message = `${max_seeds} seeds at most, but the study begins with ${firstSeeds(seeds, true)}; expected seeds of ${max_seeds} or less, or more max_seeds`;
    problems.push({ path: at, at: 'value', message });
  }
  raise(source, problems);
  return { precisions, max_seeds };
}

/** How many seeds a study begins with. */
export function firstSeeds(seeds: number | undefined, hasUntil: boolean): number {
  return seeds ?? (hasUntil ? FEWEST_SEEDS : 1);
}
