/**
 * How far a step model is off the durations of steps, in itself: what it was fitted to, whatever a replay makes of it. A
 * replay near saturation decides by a few preemptions; the median over thousands of steps does not.
 */
import { median } from 'd3-array';
import type { StepModelCalibration } from '../../catalog/calibration.ts';
import { fittedUs } from '../../latency/fitted-time.ts';
import type { StepWindow } from './step-windows.ts';

/** Median |predicted / measured - 1| over the windows, percent; null without any whose duration is known. */
export function stepErrorPercent(
  law: StepModelCalibration,
  frontEndUs: number | null,
  windows: readonly StepWindow[],
): number | null {
  const errors = windows.flatMap((window) => {
    const { durationUs, steps, fromIdle } = window;
    const measuredUs = fromIdle ? durationUs - (frontEndUs ?? Number.NaN) : durationUs;
    const predictedUs = fittedUs(law, window) + (steps - 1) * law.base_us;
    return measuredUs > 0 ? [100 * Math.abs(predictedUs / measuredUs - 1)] : [];
  });
  return median(errors) ?? null;
}
