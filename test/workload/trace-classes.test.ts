import { describe, expect, test } from 'vitest';
import type { RequestClass, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import { openTrace } from '../../src/workload/open.ts';
import { batches, collect, fitsChance, requestClass, traceWorkload } from './support.ts';

const PLANNED = 'arrival_s,input_tokens,output_tokens';

function open(lines: readonly string[], classes: RequestClass[], settings: Partial<Workload> = {}) {
  const workload = traceWorkload({ thinking_share: settings.trace?.thinking_share ?? null }, { classes, ...settings });
  return openTrace(workload, randomStreams(1), () => batches(lines));
}

const named = [requestClass('interactive'), requestClass('batch', { priority: 3, overrides: { max_tokens: 50 } })];

describe('rows of a trace', () => {
  test('belong to the class that their column names', async () => {
    const rows = ['0,10,5,interactive', '1,11,6,batch', '2,12,7,interactive'];
    const requests = await collect(open([`${PLANNED},class`, ...rows], named));
    expect(requests.map((request) => [request.class, request.priority, request.maxTokens])).toEqual([
      [0, 0, null],
      [1, 3, 50],
      [0, 0, null],
    ]);
  });

  test('of a class that the workload has not are refused, with the nearest name', async () => {
    const read = (name: string) => collect(open([`${PLANNED},class`, '0,10,5,batch', `1,11,6,${name}`], named));
    await expect(read('bacth')).rejects.toThrow('trace:3: class is "bacth"; did you mean batch?');
    await expect(read('')).rejects.toThrow('trace:3: class is ""; expected one of interactive, batch');
  });

  test('without that column are dealt by the shares of the classes', async () => {
    const dealt = [requestClass('a', { share: 1 }), requestClass('b', { share: 4, priority: 1 })];
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i},10,5`);
    const requests = await collect(open([PLANNED, ...lines], dealt));
    expect(fitsChance(requests.filter((request) => request.class === 1).length / 20_000, 0.8, 20_000)).toBe(true);
    await expect(collect(open([PLANNED, '0,10,5'], named))).rejects.toThrow(
      'trace:2: the trace has no column class; give every class of the workload a share.',
    );
  });

  test('may name classes where the workload has none', async () => {
    expect((await collect(open([`${PLANNED},class`, '0,10,5,batch'], [])))[0]).toMatchObject({ class: 0, priority: 0 });
  });

  test('carry the sessions that their column names, numbered as they first come', async () => {
    const rows = ['0,10,5,x', '1,10,5,', '2,10,5,y', '3,10,5,x'];
    const requests = await collect(open([`${PLANNED},session`, ...rows], []));
    expect(requests.map(({ session }) => session)).toEqual([0, null, 1, 0]);
  });
});

describe('outputs of a trace', () => {
  const lines = [PLANNED, '0,10,100', '1,10,1000'];

  test('think by the share that the workload gives, and keep to its budget; statistics are of the rows', async () => {
    const budget = { hint: null, classifier: null, thinking_tokens: 200, max_tokens: 400 };
    const workload = traceWorkload({ thinking_share: { constant: 0.6 } }, { budget });
    const source = openTrace(workload, randomStreams(1), () => batches(lines));
    const requests = await collect(source);
    expect(requests.map((r) => [r.thinkingTokens, r.outputTokens, r.maxTokens])).toEqual([
      [60, 100, 400],
      [201, 601, 400],
    ]);
    expect(source.stats.outputTokens.mean()).toBe(550);
  });
});
