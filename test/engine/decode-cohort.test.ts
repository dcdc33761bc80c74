import { describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Scheduler } from '../../src/engine/scheduler.ts';
import { engine } from '../cluster/fixtures.ts';
import { init } from './single-engine-run.ts';

const scheduler = (options: Partial<EngineOptions> = {}) =>
  new Scheduler({ ...engine, ...options }, null, { decodeCohort: true, blockNumbers: false, reportLeave: null });

const members = ({ cohort }: Scheduler) => cohort!.members.list.map(({ index }) => index);

describe('a request joins the decode cohort', () => {
  it('in the very call that schedules the end of its prompt, so that it is of the next batch', () => {
    const s = scheduler();
    s.add(init(0, 100));
    const first = s.schedule();
    expect(members(s)).toEqual([0]);
    expect([first.scheduled.length, first.cohort]).toEqual([1, null]);
    const second = s.schedule();
    expect([second.scheduled.length, second.cohort?.requests]).toEqual([0, 1]);
  });

  it('not while a part of its prompt is left', () => {
    const s = scheduler({ maxNumBatchedTokens: 64, maxNumScheduledTokens: 64 });
    s.add(init(0, 100));
    s.schedule();
    expect(members(s)).toEqual([]);
    s.schedule();
    expect(members(s)).toEqual([0]);
  });

  it('synchronously only when its first output is known', () => {
    const s = scheduler({ asyncScheduling: false });
    s.add(init(0, 100));
    const first = s.schedule();
    expect(members(s)).toEqual([]);
    s.update(first);
    expect(members(s)).toEqual([]);
    expect(s.schedule().cohort?.requests).toBe(1);
  });

  it('not with one token of its prompt left, whose output is its first and told of by name', () => {
    const s = scheduler({ asyncScheduling: false, maxNumBatchedTokens: 64, maxNumScheduledTokens: 64 });
    s.add(init(0, 65));
    s.update(s.schedule());
    const end = s.schedule();
    expect([end.scheduled.length, end.cohort]).toEqual([1, null]);
    expect(s.update(end).map(({ request }) => request.index)).toEqual([0]);
  });

  it('not if the token under way is its last', () => {
    const s = scheduler();
    s.add(init(0, 100, { maxTokens: 1 }));
    s.schedule();
    expect(members(s)).toEqual([]);
  });

  it('not if the token under way is the end token, which the scheduler does not know yet', () => {
    const s = scheduler();
    s.add(init(0, 100, { endTokenAt: 1 }));
    s.schedule();
    expect(members(s)).toEqual([]);
    expect(s.schedule().scheduled).toHaveLength(1);
  });
});

describe('steady calls', () => {
  it('can follow while every request under way is a member', () => {
    const s = scheduler();
    s.add(init(0, 16, { maxTokens: 60 }));
    const [first, second] = [s.schedule(), s.schedule()];
    // 60 tokens end with the output of call 60; two calls have been made.
    expect(s.cohort!.steadyCalls(first, second)).toBe(58);
  });

  it('cannot follow while the output of a preempted request is under way', () => {
    // Four blocks of 16: each of two requests takes one for its prompt and one at 17 tokens; at 33 there is none.
    const s = scheduler({ numGpuBlocks: 5 });
    s.add(init(0, 16, { maxTokens: 60 }));
    s.add(init(1, 16, { maxTokens: 60 }));
    const batches = [s.schedule(), s.schedule()];
    while (batches.at(-1)!.preempted.length === 0) {
      s.update(batches.at(-2)!);
      batches.push(s.schedule());
    }
    // The first call computes 16 tokens, each after it one.
    expect([batches.length, members(s), s.cohort!.loose]).toEqual([18, [0], []]);
    expect(s.cohort!.steadyCalls(batches[16]!, batches[17]!)).toBe(0);
  });
});
