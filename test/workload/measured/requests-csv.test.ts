import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { parseMeasuredRun } from '../../../src/workload/measured/measured-run.ts';
import { parseRecording } from '../../../src/workload/measured/recording.ts';

const HEADER =
  'id,planned_arrival_s,arrival_s,input_tokens,output_tokens,queued_s,scheduled_s,first_token_s,last_token_s';
const csv = (...rows: string[]) => [HEADER, ...rows, ''].join('\n');

describe('a CSV file of measured requests', () => {
  test('gives times from the first arrival, the engine clock set so that the quickest request took 2 ms to the queue', () => {
    // Engine times are 100 s ahead; request b is the quickest, 3 ms less than a.
    const text = csv('a,9,10,200,5,110.005,110.1,110.5,111.3', 'b,9,11,100,1,111.002,111.1,111.4,111.4');
    expect(parseMeasuredRun(text, 'run.csv')).toEqual({
      format: 'requests_csv',
      maxConcurrency: null,
      dropped: [],
      requests: [
        {
          id: 'a',
          arrivalUs: 0,
          promptTokens: 200,
          outputTokens: 5,
          queuedUs: 5000,
          ttftUs: 500_000,
          e2elUs: 1_300_000,
          tokenTimesUs: null,
        },
        {
          id: 'b',
          arrivalUs: 1_000_000,
          promptTokens: 100,
          outputTokens: 1,
          queuedUs: 1_002_000,
          ttftUs: 400_000,
          e2elUs: 400_000,
          tokenTimesUs: null,
        },
      ],
    });
  });

  test('without queued_s has one clock', () => {
    const text = 'arrival_s,input_tokens,output_tokens,first_token_s,last_token_s\n5,10,3,5.25,6\n';
    expect(parseMeasuredRun(text, 'run.csv').requests).toMatchObject([
      { id: '0', arrivalUs: 0, ttftUs: 250_000, e2elUs: 1_000_000, queuedUs: null },
    ]);
  });

  test('is sorted by arrival, rows of one time in their order, wherever its columns stand', () => {
    const text = 'output_tokens,note,input_tokens,arrival_s\n1,x,10,3\n2,y,10,1\n3,z,10,3\n';
    expect(parseRecording(text, 'plan.csv').requests.map(({ id, arrivalUs }) => [id, arrivalUs])).toEqual([
      ['1', 0],
      ['0', 2_000_000],
      ['2', 2_000_000],
    ]);
  });

  test('takes planned arrivals where there are no others', () => {
    const text = 'planned_arrival_s,input_tokens,output_tokens\n1.5,10,3\n2,10,3\n';
    expect(parseRecording(text, 'plan.csv').requests.map(({ arrivalUs }) => arrivalUs)).toEqual([0, 500_000]);
  });

  test('leaves out requests that got no output, and says why', () => {
    const text = csv(
      'a,0,0,10,5,0,0,1,2',
      'b,0,1,10,0,1,1,,',
      'c,0,2,0,5,1,1,2,3',
      'd,0,3,10,5,3,3,,',
      '4,0,4,10,5,4.0,4,5,6',
    );
    const { requests, dropped } = parseMeasuredRun(text, 'run.csv');
    expect(requests.map(({ id }) => id)).toEqual(['a', '4']);
    expect(dropped).toEqual([
      { id: 'b', reason: 'no output tokens' },
      { id: 'c', reason: 'no prompt tokens' },
      { id: 'd', reason: 'first_token_s is empty' },
    ]);
  });

  test('may have a byte order mark, Windows line ends and blank lines', () => {
    const text = `\uFEFF\n${csv('a,0,0,10,5,0,0,1,2').replaceAll('\n', '\r\n')}\r\n`;
    expect(parseMeasuredRun(text, 'run.csv').requests).toHaveLength(1);
  });
});

describe('a broken CSV file is an error that says where, what was read and what is expected', () => {
  test.each([
    ['no measured run', 'a,b,c\n1,2,3', /run\.csv:1: the first line is "a,b,c"; expected a measured run/],
    ['an empty file', '', /run\.csv:1: the first line is ""/],
    ['no rows', `${HEADER}\n`, /run\.csv: no requests; expected at least one/],
    [
      'only failed requests',
      csv('a,0,0,10,0,0,0,,', 'b,0,0,10,0,0,0,,'),
      /none of its 2 requests can be replayed: no output tokens, and so on/,
    ],
    ['a cell too few', csv('a,0,0,10,5,0,0,1'), /run\.csv:2: .* 8 columns; the header has 9/],
    ['quotes', csv('"a",0,0,10,5,0,0,1,2'), /run\.csv:2: .*no quotes/],
    ['a time that is none', csv('a,0,soon,10,5,0,0,1,2'), /run\.csv:2: arrival_s is "soon"; expected seconds/],
    [
      'tokens that are no count',
      csv('a,0,0,1.5,5,0,0,1,2'),
      /run\.csv:2: input_tokens is "1\.5"; expected a whole number/,
    ],
    [
      'a time that is no decimal number',
      csv('a,0,0x10,10,5,0,0,1,2'),
      /run\.csv:2: arrival_s is "0x10"; expected seconds/,
    ],
    ['an infinite time', csv('a,0,0,10,5,0,0,1,1e999'), /run\.csv:2: last_token_s is "1e999"; expected seconds/],
    [
      'arrivals on two clocks',
      csv('a,0,0,10,5,0,0,1,2', 'b,0,1.7e9,10,5,0,0,1,2'),
      /run\.csv:3: its arrival, 1700000000, is more than 10,000,000 s from the first arrival/,
    ],
    [
      'a token after years',
      csv('a,0,0,10,5,0,0,1,1e13'),
      /run\.csv:2: last_token_s is more than 10,000,000 s from the first arrival; expected seconds, all of one clock/,
    ],
    ['an id twice', csv('a,0,0,10,5,0,0,1,2', 'a,0,0,10,5,0,0,1,2'), /run\.csv:3: id "a" was read before, in line 2/],
    ['a first token before the queue', csv('a,0,0,10,5,3,3,3,4'), /run\.csv:2: first_token_s is 3, not after queued_s/],
    [
      'a last token before the first',
      csv('a,0,0,10,5,0,0,3,2'),
      /run\.csv:2: last_token_s is 2, before first_token_s 3/,
    ],
    [
      'half of the times',
      'arrival_s,input_tokens,output_tokens,first_token_s\n0,1,1,1',
      /run\.csv:1: the column last_token_s is missing/,
    ],
    [
      'a column twice',
      'arrival_s,input_tokens,output_tokens,arrival_s\n0,1,1,1',
      /run\.csv:1: the column arrival_s comes twice/,
    ],
  ])('%s', (_, text, message) => {
    expect(() => parseMeasuredRun(text, 'run.csv')).toThrow(InputError);
    expect(() => parseMeasuredRun(text, 'run.csv')).toThrow(message);
  });

  test('a plan without measured times can be replayed, not compared', () => {
    const text = 'arrival_s,input_tokens,output_tokens\n0,1,1\n';
    expect(parseRecording(text, 'plan.csv').requests[0]!.times).toBeNull();
    expect(() => parseMeasuredRun(text, 'plan.csv')).toThrow(/no measured times.*first_token_s and last_token_s/);
  });
});
