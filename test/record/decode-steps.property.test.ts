import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DecodeSteps } from '../../src/engine/observer.ts';
import { Recorder } from '../../src/record/recorder.ts';

/** Stretches of two cores with other things in between; gaps that repeat, gaps that are long, and steps that begin early. */
const stretch = fc.record({
  core: fc.integer({ min: 0, max: 1 }),
  requests: fc.integer({ min: 1, max: 300 }),
  ahead: fc.constantFrom<0 | 1>(0, 1),
  /** Steps of the plan that were made before, one by one. */
  made: fc.integer({ min: 0, max: 3 }),
  waiting: fc.integer({ min: 0, max: 20 }),
  gapsUs: fc.array(
    fc.oneof(
      fc.constantFrom(7000, 7001, 15_625),
      fc.integer({ min: 1, max: 40_000 }),
      fc.integer({ min: 1, max: 40_000_000 }),
    ),
    { minLength: 3, maxLength: 80, size: 'max' },
  ),
  usedBlocks: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 83, maxLength: 83 }),
  prefillTokens: fc.integer({ min: 1, max: 900 }),
});

const BLOCKS = 1000;

it('steps that are told of together leave the same record as one by one', () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 8 }), (stretches) => {
      const records = [true, false].map((together) => {
        const recorder = new Recorder(2);
        recorder.arrived({ id: 0, promptTokens: 5, thinkingTokens: 0, outputTokens: 9, class: 0 }, 300);
        recorder.queued({ index: 0 } as Parameters<Recorder['queued']>[0], 400);
        const nowUs = [1000, 1000];
        for (const { core, gapsUs, prefillTokens, ...rest } of stretches) {
          // A step with a prompt comes before, and its output is handled.
          const startUs = nowUs[core]!;
          recorder.executed(core, startUs, startUs + 500, prefillTokens, prefillTokens + 1);
          recorder.state(core, startUs + 500, 3, 2, 17, BLOCKS);
          const timesUs = [...new Array<number>(rest.made).fill(startUs), startUs + 500];
          for (const gapUs of gapsUs) timesUs.push(timesUs.at(-1)! + gapUs);
          const steps = {
            ...rest,
            ...{ core, count: gapsUs.length - 1 - rest.ahead, blocks: BLOCKS },
            timesUs: Float64Array.from([...timesUs, 0, 0]),
            usedBlocks: Int32Array.from(rest.usedBlocks),
          };
          if (together) recorder.decodeSteps(steps);
          else oneByOne(recorder, steps);
          nowUs[core] = timesUs.at(-1)!;
        }
        return recorder.record(Math.max(...nowUs), []);
      });
      expect(records[0]).toEqual(records[1]);
    }),
  );
});

/** What an engine tells of them when it runs them one at a time. */
function oneByOne(recorder: Recorder, steps: DecodeSteps): void {
  const { core, requests, made, count, ahead, timesUs, usedBlocks, waiting, blocks } = steps;
  for (let k = made + 1; k <= made + count; k++) {
    recorder.outputs(requests, timesUs[k]!, timesUs[k]! - timesUs[k - 1]!);
    recorder.state(core, timesUs[k]!, requests, waiting, usedBlocks[k - 1]!, blocks);
    recorder.executed(core, timesUs[k + ahead]!, timesUs[k + 1 + ahead]!, 0, requests);
    recorder.state(core, timesUs[k]!, requests, waiting, usedBlocks[k]!, blocks);
  }
}
