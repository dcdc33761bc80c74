import { describe, expect, test } from 'vitest';
import { overTime } from '../../src/metrics/over-time.ts';
import { emptyTimeline } from '../report/fixture.ts';

describe('overTime', () => {
  test('the last interval counts as far as the run reached into it', () => {
    const timeline = emptyTimeline(2, 10_000_000);
    timeline.kvUsage.set([0.2, 0.8]);
    // 10 s at 0.2 and 5 s at 0.8.
    expect(overTime(timeline, 15_000_000).fields.kv_cache_usage_mean).toBeCloseTo(6 / 15, 12);
  });

  test('the peak of the KV cache is the highest of any interval', () => {
    const timeline = emptyTimeline(3);
    timeline.kvUsageMax.set([0.5, 0.93, 0.1]);
    expect(overTime(timeline, 3_000_000).fields.kv_cache_usage_max).toBe(0.93);
  });

  test('the most tokens in a second are those of whole seconds, summed from finer intervals', () => {
    const timeline = emptyTimeline(5, 500_000);
    timeline.outputTokens.set([10, 20, 5, 30, 34]);
    const { fields, maxOutputTokensPerS } = overTime(timeline, 2_500_000);
    expect(maxOutputTokensPerS).toBe(35);
    expect([fields.peak_output_throughput, fields.peak_output_interval_s]).toEqual([68, 0.5]);
  });

  test('a timeline coarser than a second tells no most tokens in a second, but its own peak', () => {
    const timeline = emptyTimeline(2, 4_000_000);
    timeline.outputTokens.set([40, 100]);
    const { fields, maxOutputTokensPerS } = overTime(timeline, 8_000_000);
    expect(maxOutputTokensPerS).toBeNull();
    expect([fields.peak_output_throughput, fields.peak_output_interval_s]).toEqual([25, 4]);
  });

  test('an empty timeline has no means and no peaks', () => {
    const { fields, maxOutputTokensPerS } = overTime(emptyTimeline(), 0);
    expect([
      fields.kv_cache_usage_mean,
      fields.kv_cache_usage_max,
      fields.peak_output_throughput,
      maxOutputTokensPerS,
    ]).toEqual([null, null, null, null]);
  });
});
