import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { checkPrefixBlocks, parsePrefixBlocks } from '../../../src/workload/measured/prefix-blocks.ts';
import { parseRecording } from '../../../src/workload/measured/recording.ts';

test('prefix blocks are read by the id of their request, a number or a text', () => {
  const blocks = parsePrefixBlocks('{"id":0,"block_ids":[0,1]}\r\n\n{"id":"b","block_ids":[]}\n', 'p.jsonl');
  expect([...blocks]).toEqual([
    ['0', [0, 1]],
    ['b', []],
  ]);
});

describe('broken prefix blocks are an error that says where', () => {
  test.each([
    ['{"id":0,"block_ids":[0,1', /p\.jsonl:1: read .*expected one JSON object a line/],
    ['3', /p\.jsonl:1: read "3"/],
    ['{"block_ids":[0]}', /p\.jsonl:1: id is missing/],
    ['{"id":0}', /p\.jsonl:1: block_ids is missing/],
    ['{"id":0,"block_ids":[0,-1]}', /p\.jsonl:1: block_ids\[1\] is -1/],
    ['{"id":0,"block_ids":[4,5,4]}', /p\.jsonl:1: block_ids repeats an id/],
    ['{"id":0,"block_ids":[]}\n{"id":"0","block_ids":[]}', /p\.jsonl:2: id 0 comes twice/],
    ['\n', /p\.jsonl: holds no blocks/],
  ])('%s', (text, message) => {
    expect(() => parsePrefixBlocks(text, 'p.jsonl')).toThrow(InputError);
    expect(() => parsePrefixBlocks(text, 'p.jsonl')).toThrow(message);
  });
});

describe('prefix blocks must be those of the run', () => {
  const { requests } = parseRecording('id,arrival_s,input_tokens,output_tokens\n7,0,40,1\n', 'run.csv');
  const check = (id: string, ids: number[]) =>
    checkPrefixBlocks({ idsOf: new Map([[id, ids]]), blockTokens: 16, name: 'p.jsonl' }, requests);

  test('a prompt of 40 tokens has two full blocks of 16 at most', () => {
    expect(() => check('7', [1, 2])).not.toThrow();
    expect(() => check('7', [1, 2, 3])).toThrow(
      /p\.jsonl: request 7 has 3 blocks, but a prompt of 40 tokens \(run\.csv:2\) has 2 full blocks of 16/,
    );
  });

  test('ids of other requests are passed over, but not all of them', () => {
    expect(() => check('8', [1])).toThrow(/none of its ids is that of a request/);
  });
});
