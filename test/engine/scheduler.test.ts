import { describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../src/engine/options.ts';
import type { EngineRequestInit } from '../../src/engine/request-state.ts';
import { Scheduler } from '../../src/engine/scheduler.ts';
import { engine } from '../cluster/fixtures.ts';
import { init as numbered } from './single-engine-run.ts';

function scheduler(options: Partial<EngineOptions> = {}): Scheduler {
  return new Scheduler({ ...engine, asyncScheduling: false, ...options });
}

const init = (index: number, promptTokens: number, rest: Partial<EngineRequestInit> = {}) =>
  numbered(index, promptTokens, { id: `r${index}`, ...rest });

const scheduled = (s: Scheduler) => s.schedule().scheduled.map(({ request, tokens }) => [request.id, tokens]);

describe('the watermark', () => {
  // 11 blocks of which one is the null block; a watermark of 0.3 keeps three of the ten free.
  const options = { numGpuBlocks: 11, watermark: 0.3 };

  it('is not asked for while nothing runs, so that a large request can start at all', () => {
    const s = scheduler(options);
    s.add(init(0, 150));
    expect(scheduled(s)).toEqual([['r0', 150]]);
  });

  it('keeps blocks free at admission while something runs', () => {
    const s = scheduler(options);
    s.add(init(0, 60));
    s.add(init(1, 60));
    // 4 of 10 blocks are taken; 4 more and 3 kept free would be 11.
    expect(scheduled(s)).toEqual([['r0', 60]]);
  });

  it('does not hinder a running request from growing', () => {
    const s = scheduler({ ...options, maxNumBatchedTokens: 128, maxNumScheduledTokens: 128 });
    s.add(init(0, 150));
    s.update(s.schedule());
    expect(scheduled(s)).toEqual([['r0', 22]]);
  });
});

describe('a request that is refused', () => {
  it('has an empty prompt, or one that leaves no room for a token', () => {
    const s = scheduler({ maxModelLen: 100 });
    expect(s.add(init(0, 0, { prompt: [] }))).toBeNull();
    expect(s.add(init(1, 100))).toBeNull();
    expect(s.add(init(2, 99))).not.toBeNull();
  });
});

describe('an abort', () => {
  it('frees the request’s blocks and seat at once', () => {
    const s = scheduler();
    s.add(init(0, 100));
    s.schedule();
    expect(s.kv.pool.usedBlocks).toBe(7);
    expect(s.abort('r0')?.id).toBe('r0');
    expect(s.kv.pool.usedBlocks).toBe(0);
    expect(s.running).toHaveLength(0);
  });

  it('of a request that is gone has no effect', () => {
    const s = scheduler();
    s.add(init(0, 100));
    s.abort('r0');
    expect(s.abort('r0')).toBeNull();
    expect(s.abort('r9')).toBeNull();
  });

  it('in flight drops the output that comes for it', () => {
    const s = scheduler();
    s.add(init(0, 100));
    const batch = s.schedule();
    s.abort('r0');
    expect(s.update(batch)).toEqual([]);
  });
});

describe('prefixes', () => {
  it('are shared under one cache salt only', () => {
    const s = scheduler();
    const shared = { prompt: [{ segment: 7, tokens: 65 }] };
    s.add(init(0, 65, { ...shared, cacheSalt: 'a' }));
    s.add(init(1, 65, { ...shared, cacheSalt: 'b' }));
    s.add(init(2, 65, { ...shared, cacheSalt: 'a' }));
    expect(s.schedule().scheduled.map(({ hitTokens }) => hitTokens)).toEqual([0, 0, 64]);
  });

  it('are forgotten with their last block and their last request', () => {
    const s = scheduler({ numGpuBlocks: 9 });
    for (const index of [0, 1, 2, 3]) {
      s.add(init(index, 100, { maxTokens: 1 }));
      s.update(s.schedule());
    }
    s.add(init(9, 100, { prompt: [{ segment: 1, tokens: 100 }], outputSegment: 99 }));
    expect(s.schedule().scheduled[0]!.hitTokens).toBe(0);
  });
});
