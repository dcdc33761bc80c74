import { describe, expect, test } from 'vitest';
import { overTime } from '../../src/metrics/over-time.ts';
import { emptyTimeline } from '../report/fixture.ts';

describe('overTime', () => {
  test('the last interval counts as far as the run reached into it', () => {
    const timeline = emptyTimeline(2, 10_000_000);
    timeline.kvUsage.set([0.2, 0.8]);
    // 10 s at 0.2 and 5 s at 0.8.
    expect(overTime(timeline, 15_000_000).kv_cache_usage_mean).toBeCloseTo(6 / 15, 12);
  });

  test('the peak of the KV cache is the highest of any interval', () => {
    const timeline = emptyTimeline(3);
    timeline.kvUsageMax.set([0.5, 0.93, 0.1]);
    expect(overTime(timeline, 3_000_000).kv_cache_usage_max).toBe(0.93);
  });

  test('an empty timeline has no means and no peaks', () => {
    expect(Object.values(overTime(emptyTimeline(), 0))).toEqual([null, null, null, null]);
  });
});
