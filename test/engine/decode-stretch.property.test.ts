import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepDuration } from '../../src/engine/engine.ts';
import type { EngineOptions, KvGroup } from '../../src/engine/options.ts';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { withGridShare } from '../../src/latency/profile/grid-share.ts';
import { createProfileTime } from '../../src/latency/profile/profile-time.ts';
import { createStepTime } from '../../src/latency/step-time.ts';
import { stepTime } from '../latency/fixtures.ts';
import { options as deployment, profile, SKEWED_FILES } from '../latency/profile/fixtures.ts';
import { READABLE, type Ways } from './random-engine.ts';
import { type Delivery, init, SingleRun, stepsOf } from './single-engine-run.ts';

const runs = { numRuns: Number(process.env.SERVESIM_EQUALITY_RUNS ?? 400) };

const full: KvGroup = { kind: 'full', blockSize: 4, window: 0, chunk: 0 };
const sliding: KvGroup = { ...full, kind: 'sliding', window: 10 };
const chunked: KvGroup = { ...full, kind: 'chunked', chunk: 12 };

const options: fc.Arbitrary<Partial<EngineOptions>> = fc
  .record({
    kvGroups: fc.constantFrom<readonly KvGroup[]>([full], [full], [full], [sliding], [full, sliding], [full, chunked]),
    numGpuBlocks: fc.integer({ min: 40, max: 120 }),
    maxNumSeqs: fc.constantFrom(2, 4, 12),
    maxNumBatchedTokens: fc.constantFrom(16, 64, 256),
    prefillScheduleInterval: fc.constantFrom(1, 1, 1, 3),
    asyncScheduling: fc.boolean(),
    enablePrefixCaching: fc.constantFrom(true, true, false),
    schedulerReserveFullIsl: fc.boolean(),
    schedulingPolicy: fc.constantFrom<'fcfs' | 'priority'>('fcfs', 'fcfs', 'priority'),
  })
  .map((settings) => ({ ...settings, maxNumScheduledTokens: settings.maxNumBatchedTokens, maxModelLen: 140 }));

/** Step times and arrivals are multiples of the same 5 us, so that much happens at the very same time. */
const steps = stepsOf(
  (shape: BatchShape) => 10 + 5 * (shape.decodeMaxContextTokens % 2) + 10 * shape.chunkTokens.length,
);

const delivery = fc.record({
  gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 120 })),
  /** Begins with the prompt of the request before, or of one some way back, and so many tokens of its output. */
  continues: fc.constantFrom(null, 1, 1, 2, 4),
  answerTokens: fc.integer({ min: 0, max: 30 }),
  ownTokens: fc.integer({ min: 0, max: 30 }),
  outputTokens: fc.integer({ min: 1, max: 60 }),
  endsByEndToken: fc.boolean(),
  markedOutput: fc.option(fc.integer({ min: 2, max: 40 })),
  priority: fc.integer({ min: 0, max: 1 }),
  abortAfterUs: fc.option(fc.integer({ min: 0, max: 100 }), { freq: 6 }),
});

type Prompt = { segment: number; tokens: number }[];

const load: fc.Arbitrary<Delivery[]> = fc.array(delivery, { minLength: 1, maxLength: 25, size: 'max' }).map((rows) => {
  let timeUs = 0;
  const prompts: Prompt[] = [];
  const deliveries = rows.flatMap((row, index) => {
    timeUs += 5 * row.gapUs;
    const from = row.continues === null ? -1 : index - row.continues;
    const begin = from < 0 ? [] : [...prompts[from]!, { segment: 2 * from + 2, tokens: row.answerTokens }];
    const prompt = [...begin, { segment: 2 * index + 1, tokens: row.ownTokens }].filter(({ tokens }) => tokens > 0);
    const promptTokens = prompt.reduce((sum, { tokens }) => sum + tokens, 0);
    prompts.push(promptTokens > 70 ? [] : prompt);
    if (promptTokens === 0 || promptTokens > 75) return [];
    const ends = row.endsByEndToken
      ? { maxTokens: 60, endTokenAt: row.outputTokens }
      : { maxTokens: row.outputTokens, endTokenAt: null };
    const { priority, markedOutput } = row;
    const arrival: Delivery = { timeUs, init: init(index, promptTokens, { prompt, priority, markedOutput, ...ends }) };
    if (row.abortAfterUs === null) return [arrival];
    return [arrival, { timeUs: timeUs + 5 * row.abortAfterUs, abort: index }];
  });
  return deliveries.sort((a, b) => a.timeUs - b.timeUs);
});

const PLANNED: Ways = { decodeCohort: true, blockNumbers: true };
const SIMULATED: Ways = { decodeCohort: true, blockNumbers: false };

/** All that a run told, and what it left behind. */
function outcome(
  deliveries: readonly Delivery[],
  settings: Partial<EngineOptions>,
  steps: StepDuration,
  { decodeCohort, blockNumbers }: Ways,
) {
  const run = new SingleRun(settings, steps, decodeCohort, blockNumbers);
  for (const each of deliveries) run.deliver(each);
  run.stepUntil(Number.POSITIVE_INFINITY);
  const { events, outputTokens, executedSteps, states } = run.journal;
  const { pool } = run.core.scheduler.kv;
  const free = blockNumbers ? pool.freeOrder() : pool.freeBlocks;
  return { events, outputTokens, executedSteps, states, free, shapes: run.shapes.sort() };
}

it('an engine that plans steps ahead tells the same as one that makes each alone, step by step and shape by shape', () => {
  fc.assert(
    fc.property(load, options, (deliveries, settings) => {
      expect(outcome(deliveries, settings, steps, PLANNED)).toEqual(outcome(deliveries, settings, steps, READABLE));
    }),
    runs,
  );
});

it('the same with blocks that are counted only', () => {
  fc.assert(
    fc.property(load, options, (deliveries, settings) => {
      const { free, ...simulated } = outcome(deliveries, settings, steps, SIMULATED);
      const { free: ids, ...readable } = outcome(deliveries, settings, steps, READABLE);
      expect({ ...simulated, free }).toEqual({ ...readable, free: (ids as number[]).length });
    }),
    runs,
  );
});

describe('with real step times, which depend on all of a shape', () => {
  /** The same load over seconds instead of microseconds. */
  const slower = load.map((deliveries) => deliveries.map((each) => ({ ...each, timeUs: 200 * each.timeUs })));
  const overheads = { scale: 1, stepUs: 300, promptStepUs: 20 };
  const few = { numRuns: 60 };

  it.each([
    ['dense', 'llama-3.1-8b', [full]],
    ['with windows', 'gpt-oss-20b', [full, sliding]],
    ['with chunks', 'llama-4-scout', [full, chunked]],
  ] as const)('both ways take the same time for a model %s', (_, model, kvGroups) => {
    const steps = stepTime({ model, gpu: 'h100-sxm', tensorParallelSize: 4 });
    fc.assert(
      fc.property(slower, options, (deliveries, settings) => {
        const own = { ...settings, kvGroups };
        expect(outcome(deliveries, own, steps, PLANNED)).toEqual(outcome(deliveries, own, steps, READABLE));
      }),
      few,
    );
  });

  it('both ways tell a kernel profile of the same steps, so that it notes the same share outside of what it measured', () => {
    fc.assert(
      fc.property(slower, options, (deliveries, settings) => {
        const own = { ...settings, kvGroups: [full] };
        const [planned, alone] = [PLANNED, READABLE].map((ways) => {
          const steps = createStepTime(
            withGridShare(createProfileTime(profile(SKEWED_FILES), deployment())),
            overheads,
          );
          return { ...outcome(deliveries, own, steps, ways), notes: steps.notes() };
        });
        expect(planned).toEqual(alone);
      }),
      few,
    );
  });
});
