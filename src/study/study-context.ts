/** What the runs of a study have in common, for whoever simulates them. */
import { resolve } from 'node:path';
import type { ResolvedStudy } from '../config/resolved.ts';
import { FEWEST_UNITS } from '../metrics/statistics/bootstrap.ts';
import type { OpenStudy } from './open-study.ts';

/** What a run has to know of its study; travels between threads and machines. */
export interface StudyContext {
  readonly name: string;
  /** Files named in the study are relative to it; absolute. */
  readonly folder: string;
  /** Which file of requests is written. */
  readonly requests: 'parquet' | 'csv' | 'none';
  /** False: only what statistics need is written, since nobody will look into the folder. */
  readonly isForReaders: boolean;
}

/**
 * `isForReaders`: results are kept. Where they are not, request tables are written only where they are needed: `needsRequests`; by default, where
 * statistics of the study need them.
 */
export function studyContext(
  { resolved, folder }: OpenStudy,
  isForReaders: boolean,
  needsRequests = statisticsNeedRequests(resolved),
): StudyContext {
  const { requests } = resolved.outputs;
  return {
    name: resolved.name,
    folder: resolve(folder),
    requests: isForReaders || (needsRequests && requests === 'parquet') ? requests : 'none',
    isForReaders,
  };
}

/** Of the requests after a warm-up, or of quantiles over all runs of a variant. */
function statisticsNeedRequests({ warm_up, until, runs }: ResolvedStudy): boolean {
  return warm_up.kind !== 'none' || until !== null || new Set(runs.map(({ seed }) => seed)).size >= FEWEST_UNITS;
}
