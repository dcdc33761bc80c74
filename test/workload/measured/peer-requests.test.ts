import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { parsePeerRequests } from '../../../src/workload/measured/peer-requests.ts';

test('predictions of a peer are read by id, wherever their columns stand', () => {
  const peer = parsePeerRequests('e2e_ms,id,tpot_ms,ttft_ms\r\n900,a,30.5,120\r\n\n', 'peer.csv');
  expect([...peer]).toEqual([['a', { ttftUs: 120_000, tpotUs: 30_500, e2elUs: 900_000 }]]);
});

describe('broken predictions are an error that says where', () => {
  const header = 'id,ttft_ms,tpot_ms,e2e_ms';
  test.each([
    ['id,ttft_ms\n', /peer\.csv:1: the header is "id,ttft_ms", without tpot_ms, e2e_ms/],
    [`${header}\n`, /peer\.csv: has a header and no rows/],
    [`${header}\na,1,2\n`, /peer\.csv:2: e2e_ms is ""; expected milliseconds/],
    [`${header}\na,1,x,3\n`, /peer\.csv:2: tpot_ms is "x"/],
    [`${header}\na,1,0x2,3\n`, /peer\.csv:2: tpot_ms is "0x2"/],
    [`${header}\na,-1,2,3\n`, /peer\.csv:2: ttft_ms is "-1"/],
    [`${header}\na,1,2,3\na,1,2,3\n`, /peer\.csv:3: id a comes twice/],
  ])('%j', (text, message) => {
    expect(() => parsePeerRequests(text, 'peer.csv')).toThrow(InputError);
    expect(() => parsePeerRequests(text, 'peer.csv')).toThrow(message);
  });
});
