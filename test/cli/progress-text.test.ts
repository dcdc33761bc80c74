import { describe, expect, it } from 'vitest';
import { progressText } from '../../src/cli/progress-text.ts';

const progress = { runs: 10, done: 0, found: 0, underWay: 0, doneUnderWay: 0, requestsSent: 0 };

describe('the progress of a study', () => {
  it('is what is done, the rate, and the time that the rest takes at this rate', () => {
    // 2.5 of 10 runs in 50 s: another 7.5 take 2.5 minutes.
    const text = progressText({ ...progress, done: 2, underWay: 1, doneUnderWay: 0.5, requestsSent: 5000 }, 50_000);
    expect(text).toBe('2 of 10 runs done, 1 under way, 25 %, 100 requests/s, 2.50 min left');
  });

  it('does not count what was found done', () => {
    // One of the six that were missing, in 10 s.
    const text = progressText({ ...progress, done: 5, found: 4, underWay: 2 }, 10_000);
    expect(text).toBe('5 of 10 runs done (4 before), 2 under way, 16 %, 50.0 s left');
  });

  it('has a thousand runs and more in groups of three digits', () => {
    const text = progressText({ ...progress, runs: 2400, done: 1200, found: 1100, underWay: 1000 }, 1000);
    expect(text).toMatch(/^1,200 of 2,400 runs done \(1,100 before\), 1,000 under way, /);
  });

  it('does not guess how long before anything is done', () => {
    expect(progressText({ ...progress, underWay: 1, requestsSent: 3 }, 1000)).toBe(
      '0 of 10 runs done, 1 under way, 0 %, 3 requests/s',
    );
    expect(progressText(progress, 0)).toBe('0 of 10 runs done');
  });
});
