import { describe, expect, it } from 'vitest';
import { init, SingleRun, stepsOf } from './single-engine-run.ts';

/** Every step takes 100 us. */
const steady = (options = {}) =>
  new SingleRun(
    options,
    stepsOf(() => 100),
  );

/**
 * Request 0, prompt 20, alone from 0 on: asynchronously its prompt is computed until 100, its n-th output handled at 100 n,
 * when the step from 100 (n + 1) on is scheduled.
 */
function decoding(outputTokens = 500, options = {}): SingleRun {
  const run = steady(options);
  run.deliver({ timeUs: 0, init: init(0, 20, { maxTokens: outputTokens }) });
  return run;
}

const later = (timeUs: number, index: number) => ({ timeUs, init: init(index, 20, { maxTokens: 5 }) });

describe('a request that comes while steps are planned', () => {
  it('at exactly the end of one is in the schedule call that follows it', () => {
    const run = decoding();
    run.deliver(later(2000, 1));
    expect(run.engine.dueUs).toBe(2000);
    run.stepUntil(2001);
    // The step under way ends at 2100, the next at 2200.
    expect(run.timeOf('admitted', 1)).toBe(2000);
    run.stepUntil(Number.POSITIVE_INFINITY);
    expect(run.timeOf('first', 1)).toBe(2200);
  });

  it.each([
    [1999, 2000],
    [2001, 2100],
  ])('at %i us is in that at %i us', (timeUs, admittedUs) => {
    const run = decoding();
    run.deliver(later(timeUs, 1));
    run.stepUntil(Number.POSITIVE_INFINITY);
    expect(run.timeOf('admitted', 1)).toBe(admittedUs);
    expect(run.timeOf('first', 1)).toBe(admittedUs + 200);
    expect(run.timeOf('finished', 0)).toBe(500 * 100);
  });

  it('as the second in a row, at the same end of a step or just before it, joins the first', () => {
    for (const first of [1999, 2000]) {
      const run = decoding();
      run.deliver(later(first, 1));
      run.deliver(later(2000, 2));
      run.stepUntil(Number.POSITIVE_INFINITY);
      expect([run.timeOf('admitted', 1), run.timeOf('admitted', 2)]).toEqual([2000, 2000]);
      expect([run.timeOf('first', 1), run.timeOf('first', 2)]).toEqual([2200, 2200]);
    }
  });

  it('synchronously is in the step that begins then', () => {
    const run = decoding(500, { asyncScheduling: false });
    run.deliver(later(2000, 1));
    run.stepUntil(Number.POSITIVE_INFINITY);
    expect(run.timeOf('first', 1)).toBe(2100);
  });
});

describe('blocks that planned steps did not make findable', () => {
  it('are found by a request that has them in its prompt', () => {
    const run = steady();
    run.deliver({ timeUs: 0, init: init(0, 16, { maxTokens: 500 }) });
    const prompt = [
      { segment: 1, tokens: 16 },
      { segment: 2, tokens: 40 },
      { segment: 9, tokens: 30 },
    ];
    run.deliver({ timeUs: 4000, init: init(4, 86, { prompt }) });
    run.stepUntil(4001);
    // Output 40 is handled at 4000: 56 tokens are known and computed, and three blocks of 16 are full.
    expect(run.journal.events).toContainEqual([4000, 'admitted', 4, 48]);
  });

  it('are found when the request that filled them is gone', () => {
    const run = steady();
    run.deliver({ timeUs: 0, init: init(0, 16, { maxTokens: 500 }) });
    run.deliver({ timeUs: 4000, abort: 0 });
    const prompt = [
      { segment: 1, tokens: 16 },
      { segment: 2, tokens: 60 },
      { segment: 9, tokens: 30 },
    ];
    run.deliver({ timeUs: 4000, init: init(4, 106, { prompt }) });
    run.stepUntil(Number.POSITIVE_INFINITY);
    // 39 outputs are known before 4000, and their tokens but the last are computed: 54, three full blocks of 16.
    expect(run.journal.events).toContainEqual([4000, 'admitted', 4, 48]);
  });
});

describe('steps are not planned', () => {
  it('over the moment at which a member fills the block that the head of the queue lacks', () => {
    const run = steady({ asyncScheduling: false, numGpuBlocks: 7 });
    run.deliver({ timeUs: 0, init: init(0, 16, { maxTokens: 60 }) });
    const prompt = [
      { segment: 1, tokens: 16 },
      { segment: 2, tokens: 55 },
      { segment: 9, tokens: 17 },
    ];
    // At 2500 request 0 has 3 of 6 blocks, 2 of them full. Request 4 needs 6, and 4 more than 3 are not free.
    run.deliver({ timeUs: 2500, init: init(4, 88, { prompt }) });
    run.stepUntil(Number.POSITIVE_INFINITY);
    // The call at 100 n computes token 16 + n of request 0: number 48 at 3200, with which its third block is full.
    expect(run.journal.events).toContainEqual([3200, 'admitted', 4, 48]);
  });
});

describe('an engine that is asked twice for the same moment', () => {
  it('has made the steps before it once', () => {
    const run = decoding();
    run.engine.interrupt(2000);
    const { stepsRunAhead } = run.core;
    run.engine.interrupt(2000);
    expect(run.core.stepsRunAhead).toBe(stepsRunAhead);
    // Two calls at 0, and one after each of the outputs from 100 to 1900.
    expect(run.core.scheduler.cohort!.callsMade).toBe(21);
    expect(run.engine.dueUs).toBe(2000);
  });
});

describe('a schedule call', () => {
  const walked = (run: SingleRun) => run.journal.executedSteps.length - run.core.stepsRunAhead;

  it('that goes on with those that are left when a request has ended is not walked', () => {
    const run = decoding();
    run.deliver({ timeUs: 0, init: init(1, 20, { maxTokens: 300, endTokenAt: 100 }) });
    run.stepUntil(Number.POSITIVE_INFINITY);
    // Admitted at 100, its n-th output is handled at 100 n + 200.
    expect(run.timeOf('finished', 1)).toBe(100 * 100 + 200);
    expect(run.timeOf('finished', 0)).toBe(500 * 100);
    // The two calls at 0, before there is any output, and the one at 100, with the other prompt.
    expect(walked(run)).toBe(3);
  });

  it.each([
    ['is not walked where the head of the queue still does not fit', 112, undefined, 3],
    ['is walked where it does', 96, 700, 4],
  ])('after an end %s', (_, promptTokens, admittedUs, steps) => {
    // 8 blocks of 16, of which request 0 has 2 when request 1 ends.
    const run = steady({ numGpuBlocks: 9, enablePrefixCaching: false });
    run.deliver({ timeUs: 0, init: init(0, 20, { maxTokens: 30 }) });
    run.deliver({ timeUs: 0, init: init(1, 20, { maxTokens: 30, endTokenAt: 5 }) });
    run.deliver({ timeUs: 250, init: init(2, promptTokens, { maxTokens: 1 }) });
    run.stepUntil(800);
    expect(run.timeOf('finished', 1)).toBe(700);
    expect(run.timeOf('admitted', 2)).toBe(admittedUs);
    expect(walked(run)).toBe(steps);
  });
});

describe('a plan', () => {
  it('is of 1024 steps at most, and the next one follows', () => {
    const run = decoding(3000);
    run.stepUntil(Number.POSITIVE_INFINITY);
    // The first begins with the first output.
    const plans = run.stepsDoneUs.map((timeUs, i) => timeUs - (run.stepsDoneUs[i - 1] ?? 100));
    expect(Math.max(...plans)).toBe(1024 * 100);
    expect(plans.filter((lengthUs) => lengthUs === 1024 * 100)).toHaveLength(2);
    expect(run.timeOf('finished', 0)).toBe(3000 * 100);
    expect([...run.journal.outputTokens]).toEqual(Array.from({ length: 3000 }, (_, i) => [100 * (i + 1), 1]));
  });

  it('ends where the KV cache has no room, and the step after it preempts', () => {
    // 8 blocks of 16 hold 128 tokens. Two requests of 20 tokens take 4, then one each at lengths 33, 49, and none is left.
    const run = steady({ numGpuBlocks: 9, enablePrefixCaching: false });
    run.deliver({ timeUs: 0, init: init(0, 20, { maxTokens: 60 }) });
    run.deliver({ timeUs: 0, init: init(1, 20, { maxTokens: 60 }) });
    run.stepUntil(Number.POSITIVE_INFINITY);
    // The token at position 65 of each is computed in the step of its output number 45, scheduled when 43 are handled.
    expect(run.journal.events).toContainEqual([4400, 'preempted', 1]);
  });

  it('is made without asking for sums where layers have a window, and tells of every step’s shape', () => {
    const window = { kind: 'sliding', blockSize: 16, window: 30, chunk: 0 } as const;
    const run = decoding(100, { kvGroups: [window] });
    run.stepUntil(Number.POSITIVE_INFINITY);
    expect(run.core.stepsRunAhead).toBeGreaterThan(50);
    const seen = run.shapes.map((shape) => JSON.parse(shape).decodeWindowContextTokens);
    // The prompt, then contexts of 21 to 119 tokens.
    expect(seen).toEqual([0, ...Array.from({ length: 99 }, (_, i) => Math.min(30, 21 + i))]);
  });
});
