/** The logarithmic scale of latencies that distribution and range charts share. */
import { type ScaleLogarithmic, scaleLog } from 'd3-scale';
import { logTicks, roundOutward, type Tick, tickDuration } from './axis.ts';

/** Covers all positive values, in milliseconds, with round ends; null where there is none. */
export function latencyScale(
  valuesMs: readonly number[],
  pixels: [number, number],
): ScaleLogarithmic<number, number> | null {
  const positive = valuesMs.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return null;
  const smallest = positive.reduce((a, b) => Math.min(a, b));
  const largest = positive.reduce((a, b) => Math.max(a, b));
  const low = roundOutward(smallest / 1.02, 'down');
  const high = Math.max(roundOutward(largest * 1.02, 'up'), low * 2);
  return scaleLog().domain([low, high]).range(pixels).clamp(true);
}

/** Its labels: at most one every 50 pixels. */
export function latencyTicks(scale: ScaleLogarithmic<number, number>): Tick[] {
  const [low = 1, high = 1] = scale.domain();
  const [start = 0, end = 0] = scale.range();
  const most = Math.max(2, Math.floor(Math.abs(end - start) / 50));
  return logTicks([low, high], most).map((value) => ({ at: scale(value), text: tickDuration(value) }));
}
