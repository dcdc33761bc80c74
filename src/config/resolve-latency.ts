/**
 * Where step times come from and what comes on top of them. What the study says itself wins over a calibration, and that
 * over the defaults.
 */
import { type Calibration, parseCalibration } from '../catalog/calibration.ts';
import { parseDurationUs } from '../core/units.ts';
import { type CalibrationUse, checkCalibration } from './calibration-notes.ts';
import type { LatencySettings } from './resolved.ts';
import type { DeploymentInput } from './schema-deployment.ts';

/** What latency settings are resolved against. */
export interface LatencyContext {
  /** Parsed calibration files by the path that `calibrationFilesNeeded` named. */
  readonly calibrations: Readonly<Record<string, unknown>>;
  /** SHA-256 over the files of a kernel profile's folder. Throws InputError where it cannot be read. */
  readonly profileDigest: (path: string) => string;
}

/**
 * What a step takes beyond its kernels where the study says nothing: the median left over on 419 public serving points
 * of H100, H200 and B200 (all with asynchronous scheduling).
 */
const STEP_OVERHEAD_US = 300;
/** Without asynchronous scheduling the GPU waits for the scheduler: 2 to 8 ms a step; the least is taken. */
const EXPOSED_SCHEDULING_US = 2000;
const FRONT_END_US = 5000;

/** Applies the defaults of `latency:`. `where` locates it in messages. */
export function latencySettings(
  input: DeploymentInput['latency'],
  asyncScheduling: boolean,
  use: CalibrationUse,
  context: LatencyContext,
  where: string,
): LatencySettings {
  const { step_overhead, front_end, moe_routing, profile, calibration: file } = input ?? {};
  const calibration = file == null ? null : parseCalibration(context.calibrations[file], file);
  const profiled = profile === undefined ? null : { path: profile, sha256: context.profileDigest(profile) };
  if (calibration !== null) checkCalibration(calibration, use, profiled, `${where}.calibration ${file}`);
  const overheadUs = defaultStepOverheadUs(calibration, profiled !== null, asyncScheduling);
  return {
    step_overhead_us: step_overhead === undefined ? overheadUs : parseDurationUs(step_overhead),
    front_end_us: front_end === undefined ? (calibration?.front_end_us ?? FRONT_END_US) : parseDurationUs(front_end),
    moe_routing: moe_routing ?? 'power_law_1.01',
    profile: profiled,
    calibration,
    calibration_file: file ?? null,
  };
}

/**
 * A step model's base holds all that a step takes, and the times of a profile are those of every layer: what fitted
 * kernels leave over is not added to either.
 */
function defaultStepOverheadUs(calibration: Calibration | null, isProfiled: boolean, asyncScheduling: boolean): number {
  switch (calibration?.law.form) {
    case 'scale':
      return calibration.law.step_overhead_us;
    case 'step_model':
      return 0;
    case undefined:
      return (isProfiled ? 0 : STEP_OVERHEAD_US) + (asyncScheduling ? 0 : EXPOSED_SCHEDULING_US);
  }
}
