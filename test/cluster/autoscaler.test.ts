import { describe, expect, test } from 'vitest';
import { type AutoscaleRule, decideReplicas, type Recommendation } from '../../src/cluster/autoscaler.ts';

const S = 1e6;

const rule: AutoscaleRule = {
  min: 1,
  max: 10,
  on: 'waiting',
  target: 4,
  intervalUs: 15 * S,
  tolerance: 0.1,
  upDelayUs: 0,
  downDelayUs: 60 * S,
};

/** The numbers of replicas decided every 15 s for sums of waiting requests. */
function decisions(of: AutoscaleRule, start: number, sums: readonly number[]): number[] {
  let history: readonly Recommendation[] = [{ timeUs: 0, replicas: start }];
  let replicas = start;
  return sums.map((sum, i) => {
    const load = { waiting: sum, kvUsage: sum };
    ({ replicas, history } = decideReplicas(of, history, replicas, load, (i + 1) * of.intervalUs));
    return replicas;
  });
}

describe('the autoscaler', () => {
  test('wants as many replicas as bring each to the target, rounded up, within its limits', () => {
    expect(decisions(rule, 2, [9, 40, 500])).toEqual([3, 10, 10]);
  });

  test('does nothing within a tenth of the target', () => {
    expect(decisions(rule, 2, [8, 8.7, 8.9])).toEqual([2, 2, 3]);
  });

  test('gives replicas back only when fewer were enough for the whole window', () => {
    // The last that needs 5 is at 30 s; the window of 60 s has left it behind after 90 s.
    expect(decisions(rule, 1, [20, 20, 4, 4, 8, 4, 4, 4, 4, 4, 4])).toEqual([5, 5, 5, 5, 5, 5, 2, 2, 2, 1, 1]);
  });

  test('adds replicas only when more were needed for the whole window', () => {
    const careful = { ...rule, upDelayUs: 30 * S };
    expect(decisions(careful, 1, [20, 0, 20, 20, 12, 20])).toEqual([1, 1, 1, 1, 3, 3]);
  });

  test('of KV use brings the mean share to the target', () => {
    // Three replicas at 0.8 of their caches are four at 0.6.
    const onKv = { ...rule, on: 'kv_usage', target: 0.6 } as const;
    expect(decisions(onKv, 3, [2.4])).toEqual([4]);
    expect(decisions({ ...onKv, target: 0.3 }, 1, [0.9])).toEqual([3]);
  });

  test('remembers no more than its window', () => {
    let history: readonly Recommendation[] = [];
    for (let i = 1; i <= 100; i++)
      ({ history } = decideReplicas(rule, history, 1, { waiting: 0, kvUsage: 0 }, i * rule.intervalUs));
    expect(history.length).toBe(5);
  });
});
