import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftSlots } from '../../src/engine/options.ts';
import { engine } from '../cluster/fixtures.ts';
import type { RandomRun, StepReport, Ways } from './random-engine.ts';
import { drive, READABLE, randomRun, tokensOf } from './random-engine.ts';

const runs = { numRuns: Number(process.env.SERVESIM_PROPERTY_RUNS ?? 300) };
const holds = (check: (run: RandomRun) => void) => fc.assert(fc.property(randomRun, check), runs);

const tablesIn = ({ scheduler }: StepReport) =>
  [...scheduler.running, ...scheduler.waiting.toArray()].flatMap(({ blockTables }) => blockTables);

/** Every reference to a block with a number in the tables of living requests. */
function references(step: StepReport): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { ids } of tablesIn(step))
    for (const block of ids) if (block !== 0) counts.set(block, (counts.get(block) ?? 0) + 1);
  return counts;
}

/** The blocks without numbers in those tables: each stands in one. */
const heldWithoutNumbers = (step: StepReport) =>
  tablesIn(step).reduce((sum, { length, ids }) => sum + length - ids.filter((block) => block !== 0).length, 0);

const COUNTED: readonly [string, Ways][] = [
  ['every request looked at', { decodeCohort: false, blockNumbers: false }],
  ['a decode cohort, as simulations run', { decodeCohort: true, blockNumbers: false }],
];

describe('over random settings and loads', () => {
  it('every block is either free or held, and its reference count is the number of tables that hold it', () => {
    holds((run) => {
      drive(run, (step) => {
        const { pool } = step.scheduler.kv;
        const held = references(step);
        const free = pool.freeOrder();
        expect(free.length).toBe(pool.freeBlocks);
        expect(new Set([...free, ...held.keys()]).size).toBe(pool.numBlocks - 1);
        expect(free.length + held.size).toBe(pool.numBlocks - 1);
        const miscounted = [...held].filter(([block, count]) => pool.referenceCount(block) !== count);
        expect(miscounted).toEqual([]);
      });
    });
  });

  it.each(COUNTED)(
    'blocks that are counted only are free or held too, and no number is in use twice: %s',
    (_, ways) => {
      holds((run) => {
        drive(
          run,
          (step) => {
            step.scheduler.cohort?.settleAll();
            const { pool } = step.scheduler.kv;
            if (pool.isNumbered) return;
            const held = references(step);
            expect(pool.freeBlocks + heldWithoutNumbers(step) + held.size).toBe(pool.numBlocks - 1);
            const numbered = [...pool.freeOrder(), ...held.keys()];
            expect(new Set(numbered).size).toBe(numbered.length);
            expect(numbered.filter((block) => block >= pool.numBlocks)).toEqual([]);
            const miscounted = [...held].filter(([block, count]) => pool.referenceCount(block) !== count);
            expect(miscounted).toEqual([]);
          },
          ways,
        );
      });
    },
  );

  it.each([['every block has its number', READABLE] as const, ...COUNTED])(
    'all blocks are free when nothing is left: %s',
    (_, ways) => {
      holds((run) => {
        let last: StepReport | undefined;
        const finished = drive(
          run,
          (step) => {
            last = step;
          },
          ways,
        );
        if (finished && last) expect(last.scheduler.kv.pool.usedBlocks).toBe(0);
      });
    },
  );

  it('no batch exceeds a token budget, the seats, or the model length', () => {
    holds((run) => {
      const { options } = run;
      drive(run, ({ scheduler, scheduled }) => {
        if (scheduled === null) return;
        const tokens = scheduled.scheduled.reduce((sum, entry) => sum + entry.tokens, 0);
        const slots = draftSlots(options.speculation) * scheduled.scheduled.length;
        expect(tokens).toBeLessThanOrEqual(options.maxNumScheduledTokens);
        expect(tokens + slots).toBeLessThanOrEqual(options.maxNumBatchedTokens);
        expect(scheduler.running.length).toBeLessThanOrEqual(options.maxNumSeqs);
        const impossible = scheduled.scheduled.filter(
          ({ tokens, request }) => tokens <= 0 || request.computedTokens > options.maxModelLen,
        );
        expect(impossible).toEqual([]);
      });
    });
  });

  it('every request ends exactly once, with exactly the tokens it asked for, unless it was aborted', () => {
    holds((run) => {
      const { options, requests } = run;
      const ended = new Map<number, string>();
      const outputs = new Array<number>(requests.length).fill(0);
      let inits: StepReport['inits'] = [];
      const finished = drive(run, (step) => {
        inits = step.inits;
        for (const { request, tokens, stopped } of step.outputs) {
          expect(ended.has(request.index)).toBe(false);
          outputs[request.index]! += tokens;
          if (stopped !== null) ended.set(request.index, stopped);
        }
      });
      if (!finished) return;
      requests.forEach((request, index) => {
        if (request.abortStep !== null && !ended.has(index)) return;
        const promptTokens = inits[index]?.promptTokens ?? options.maxModelLen;
        const isRefused = promptTokens >= options.maxModelLen;
        expect(ended.has(index)).toBe(!isRefused);
        if (isRefused) return;
        const room = options.maxModelLen - promptTokens;
        expect(outputs[index]).toBe(Math.min(request.outputTokens, room));
        const byEndToken = request.endsByEndToken && request.outputTokens <= room;
        expect(ended.get(index)).toBe(byEndToken ? 'stop' : 'length');
      });
    });
  });

  it('every token is computed once, unless the request was preempted or its drafts were rejected', () => {
    holds((run) => {
      if (run.options.speculation !== null) return;
      const computed = new Array<number>(run.requests.length).fill(0);
      drive(run, ({ scheduled, outputs }) => {
        for (const { request, tokens, hitTokens } of scheduled?.scheduled ?? [])
          computed[request.index]! += tokens + hitTokens;
        for (const { request, stopped } of outputs) {
          if (stopped === null || request.preemptions > 0) continue;
          // The last output's KV is never computed; asynchronously, one step may be under way when an end token comes.
          const wasted = computed[request.index]! - (request.knownTokens - 1);
          expect(wasted).toBeGreaterThanOrEqual(0);
          expect(wasted).toBeLessThanOrEqual(run.options.asyncScheduling && stopped === 'stop' ? 1 : 0);
        }
      });
    });
  });

  it('a prefix is hit only on blocks that hold exactly its tokens', () => {
    holds((run) => {
      /** What each block holds: all tokens from the start of its request to the block's end. */
      const content = new Map<number, string>();
      drive(run, ({ scheduled, inits }) => {
        for (const { request, admitted, hitTokens } of scheduled?.scheduled ?? []) {
          const words = tokensOf(inits[request.index]!, run.options.maxModelLen);
          request.blockTables.forEach((table, g) => {
            const { blockSize } = run.options.kvGroups[g]!;
            table.ids.forEach((block, i) => {
              if (block === 0) return;
              const end = (i + 1) * blockSize;
              const prefix = `${g}:${words.slice(0, end).join(' ')}`;
              if (!admitted || end > hitTokens) content.set(block, prefix);
              else if (content.get(block) !== prefix) expect(content.get(block)).toBe(prefix);
            });
          });
        }
      });
    });
  });

  it('a prompt that was just computed is hit in full blocks by the next request with the same prompt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30 }), (promptTokens, outputTokens) => {
        const request = { shared: 1, sharedTokens: promptTokens, ownTokens: 0, outputTokens, priority: 0 } as const;
        const rest = { follows: null, endsByEndToken: false, abortStep: null, skipsCache: false };
        const later = { ...request, ...rest, arrivalStep: 60 };
        const run: RandomRun = {
          options: { ...baseOptions, enablePrefixCaching: true },
          requests: [{ ...later, arrivalStep: 0 }, later],
          acceptanceSeed: 0,
        };
        let hit = -1;
        drive(run, ({ scheduled }) => {
          for (const entry of scheduled?.scheduled ?? [])
            if (entry.admitted && entry.request.index === 1) hit = entry.hitTokens;
        });
        expect(hit).toBe(Math.floor((promptTokens - 1) / 16) * 16);
      }),
      { numRuns: 50 },
    );
  });

  it('the queue never stands still unless a request can never fit the pool', () => {
    holds((run) => {
      let last: StepReport | undefined;
      const finished = drive(run, (step) => {
        last = step;
      });
      if (finished) return;
      const { scheduler } = last!;
      const { numGpuBlocks, kvGroups, watermark } = run.options;
      const unfinished = [...scheduler.running, ...scheduler.waiting.toArray()];
      const blocksNeeded = (tokens: number) =>
        kvGroups.reduce((sum, g) => sum + Math.ceil(tokens / g.blockSize) + 1, 0);
      const largest = Math.max(...unfinished.map((request) => blocksNeeded(request.knownTokens + 6)));
      expect(largest).toBeGreaterThan(numGpuBlocks - 1 - Math.floor(watermark * numGpuBlocks));
    });
  });
});

const baseOptions: RandomRun['options'] = {
  ...engine,
  numGpuBlocks: 100,
  maxModelLen: 256,
  maxNumBatchedTokens: 64,
  maxNumScheduledTokens: 64,
};
