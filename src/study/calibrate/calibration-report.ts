/** What a calibration found, for whoever prints it. */
import type { Calibration, CalibrationError } from '../../catalog/calibration.ts';
import type { CorrectedRun } from '../../report/corrected-run.ts';
import type { Candidate } from './replays.ts';

/** One number of the law. */
export interface FittedNumber {
  readonly name: string;
  readonly value: number;
  /** What parts of the data give alone, lowest and highest; null: it is not fitted, or there are no parts. */
  readonly range: readonly [low: number, high: number] | null;
  /** false: taken from the study, because the data do not tell it. */
  readonly fitted: boolean;
}

/** A law fitted to all runs, with what was found out about it. */
export interface FittedRuns {
  readonly candidate: Candidate;
  readonly numbers: readonly FittedNumber[];
  readonly crossValidation: readonly CalibrationError[];
  /** What the fit rests on, in words. */
  readonly basis: readonly string[];
  /** What the data do not tell, in words. */
  readonly notes: readonly string[];
}

export interface CalibrationReport {
  readonly calibration: Calibration;
  readonly numbers: readonly FittedNumber[];
  readonly runs: readonly CorrectedRun[];
  /** What the fit rests on, in words. */
  readonly basis: readonly string[];
  readonly replays: number;
}
