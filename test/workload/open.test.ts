import { expect, test } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { openTrace, openWorkload } from '../../src/workload/open.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { batches, collect, syntheticWorkload, traceWorkload } from './support.ts';

const LINES = ['{"timestamp": 0, "input_length": 6, "output_length": 5, "hash_ids": [0]}'];

test('a synthetic workload is opened without reading a file', async () => {
  const workload = syntheticWorkload({}, { num_requests: 10 });
  const source = openWorkload(workload, randomStreams(1), () => {
    throw new Error('read a file');
  });
  expect(await collect(source)).toEqual(await collect(syntheticSource(workload, randomStreams(1))));
});

test('a trace is read from its path, which names it in messages', async () => {
  const paths: string[] = [];
  const readLines = (path: string) => {
    paths.push(path);
    return batches(LINES);
  };
  const source = openWorkload(traceWorkload({ path: 'a/b.jsonl' }), randomStreams(1), readLines);
  expect((await collect(source)).map(({ origin }) => origin)).toEqual(['a/b.jsonl:1']);
  expect(paths).toEqual(['a/b.jsonl']);
  const traced = openTrace(traceWorkload(), randomStreams(1), readLines);
  await collect(traced);
  expect(traced.stats.requests).toBe(1);
});
