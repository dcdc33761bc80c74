import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { busiestShare } from '../../src/latency/moe-balance.ts';

/** The share by drawing: experts by the density x^-alpha between two bounds, dealt to ranks in order. */
function drawnShare(alpha: number, from: number, to: number, experts: number, ranks: number): number {
  const rng = randomStreams(1)('busiest');
  const power = 1 - alpha;
  let sum = 0;
  const draws = 3000;
  for (let draw = 0; draw < draws; draw++) {
    const loads = new Array<number>(ranks).fill(0);
    for (let i = 0; i < experts; i++) {
      const x = ((to ** power - from ** power) * rng() + from ** power) ** (1 / power);
      loads[Math.floor((i * ranks) / experts)]! += x;
    }
    sum += Math.max(...loads) / loads.reduce((total, load) => total + load, 0);
  }
  return sum / draws;
}

describe('busiestShare', () => {
  it('is everything on one rank, and an equal share of even routing', () => {
    expect(busiestShare('power_law_1.01', 64, 8, 128, 1)).toBe(1);
    for (const ranks of [2, 4, 8, 6]) expect(busiestShare('balanced', 64, 8, 128, ranks)).toBeCloseTo(1 / ranks, 12);
  });

  it.each([
    [256, 8, 128, 2, 0.05],
    [256, 8, 128, 8, 0.05],
    [4096, 8, 384, 4, 0.05],
    [64, 4, 128, 4, 0.05],
    // Four draws are not a normal sum yet.
    [1024, 2, 8, 2, 0.12],
  ])('of %i tokens with %i of %i experts on %i ranks is within %d of drawing', (tokens, k, experts, ranks, share) => {
    const drawn = drawnShare(1.01, 1, 0.8 * tokens, experts, ranks);
    expect(Math.abs(busiestShare('power_law_1.01', tokens, k, experts, ranks) / drawn - 1)).toBeLessThan(share);
  });

  it('lies between an equal share and everything', () => {
    for (const tokens of [1, 2, 3, 8, 100, 10_000]) {
      for (const ranks of [2, 4, 8, 16, 64]) {
        const share = busiestShare('power_law_1.2', tokens, 8, 128, ranks);
        expect(share).toBeGreaterThanOrEqual(1 / ranks);
        expect(share).toBeLessThanOrEqual(1);
      }
    }
  });
});
