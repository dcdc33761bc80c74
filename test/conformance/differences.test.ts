import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verdictText } from '../../src/study/conform/conform.ts';
import { replay } from '../../src/study/conform/replay.ts';
import type { Trace } from '../../src/study/conform/trace.ts';
import { parseTrace } from '../../src/study/conform/trace.ts';

function recorded(name: string): Trace {
  const bytes = readFileSync(new URL(`traces/${name}.json.gz`, import.meta.url));
  return parseTrace(JSON.parse(gunzipSync(bytes).toString()), name);
}

describe('a replay names the first step and field that differ', () => {
  it('when a recorded token count is another one', () => {
    const trace = recorded('a02-chunked-prompt');
    trace.steps[3]!.n = [63];
    expect(replay(trace)).toEqual({ verdict: 'differs', step: 3, field: 'n', recorded: [63], ours: [64] });
  });

  it('when a block id is another one', () => {
    const trace = recorded('b05-lru-eviction');
    const step = trace.steps.find(({ blk }) => blk !== undefined)!;
    const request = Object.keys(step.blk!)[0]!;
    step.blk![request]![0]![0]! += 1;
    expect(replay(trace)).toMatchObject({ verdict: 'differs', step: step.k, field: 'blk' });
  });

  it('when the queue checksum of a large trace is another one', () => {
    const trace = recorded('g01-random-fcfs');
    trace.steps[100]!.h! ^= 1;
    expect(replay(trace)).toMatchObject({ verdict: 'differs', step: trace.steps[100]!.k, field: 'h' });
  });

  it('when a step is missing from the record', () => {
    const trace = recorded('a01-one-request');
    trace.steps.splice(2, 1);
    expect(replay(trace)).toMatchObject({ verdict: 'differs', step: 2, field: 'activity' });
  });

  it('when the record ends early', () => {
    const trace = recorded('a01-one-request');
    trace.steps.pop();
    expect(replay(trace)).toMatchObject({ verdict: 'differs', field: 'end of the run' });
  });

  it('when a setting is another one', () => {
    const trace = recorded('c07-watermark');
    trace.resolved.watermark = 0;
    expect(replay(trace)).toMatchObject({ verdict: 'differs' });
  });

  it('in words', () => {
    expect(verdictText({ verdict: 'differs', step: 3, field: 'n', recorded: [63], ours: [64] })).toBe(
      'differs at step 3, field n: recorded [63], ours [64]',
    );
  });
});

describe('a trace with a feature that the engine lacks is reported, never skipped', () => {
  it('for a setting it does not know', () => {
    const trace = recorded('a01-one-request');
    trace.resolved.pipeline_parallel_size = 2;
    expect(replay(trace)).toEqual({ verdict: 'not supported', feature: 'setting pipeline_parallel_size' });
  });

  it('for a KV group, a policy or a speculative method it does not know', () => {
    const trace = recorded('a01-one-request');
    trace.resolved.kv_groups = [{ type: 'mamba' }];
    expect(replay(trace)).toEqual({ verdict: 'not supported', feature: 'KV group of type mamba' });
    trace.resolved.kv_groups = [{ type: 'full' }];
    trace.resolved.policy = 'shortest_first';
    expect(replay(trace)).toEqual({ verdict: 'not supported', feature: 'scheduling policy shortest_first' });
    trace.resolved.policy = 'fcfs';
    trace.resolved.spec_method = 'suffix';
    expect(replay(trace)).toEqual({ verdict: 'not supported', feature: 'speculative method suffix' });
  });
});
