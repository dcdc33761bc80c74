import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { parseMeasuredRun } from '../../../src/workload/measured/measured-run.ts';

/** Two requests, the second one sent first. */
const RUN = {
  date: '20260101-000000',
  num_prompts: 2,
  request_throughput: 1.5,
  input_lens: [300, 100],
  output_lens: [3, 1],
  start_times: [4713.75, 4712.5],
  ttfts: [0.25, 0.125],
  itls: [[0.02, 0.03], []],
  errors: ['', ''],
};
const bench = (changes: Record<string, unknown> = {}) => JSON.stringify({ ...RUN, ...changes });

describe('a file of vllm bench serve', () => {
  test('gives requests in the order in which they were sent, with the time of each token', () => {
    expect(parseMeasuredRun(bench(), 'bench.json')).toEqual({
      format: 'vllm_bench',
      maxConcurrency: null,
      dropped: [],
      requests: [
        {
          id: '1',
          arrivalUs: 0,
          promptTokens: 100,
          outputTokens: 1,
          ttftUs: 125_000,
          e2elUs: 125_000,
          queuedUs: null,
          tokenTimesUs: [125_000],
        },
        {
          id: '0',
          arrivalUs: 1_250_000,
          promptTokens: 300,
          outputTokens: 3,
          ttftUs: 250_000,
          e2elUs: 300_000,
          queuedUs: null,
          tokenTimesUs: [1_500_000, 1_520_000, 1_550_000],
        },
      ],
    });
  });

  test('is read on one line or on several, with errors or without', () => {
    const pretty = JSON.stringify({ ...RUN, errors: undefined }, null, 2);
    expect(parseMeasuredRun(pretty, 'bench.json')).toEqual(parseMeasuredRun(bench(), 'bench.json'));
  });

  test('rounding does not add up over a long output', () => {
    const gaps = Array.from({ length: 9999 }, () => 0.0100004);
    const text = bench({ itls: [gaps, []], output_lens: [10_000, 1] });
    const request = parseMeasuredRun(text, 'bench.json').requests[1]!;
    expect(request.e2elUs - request.ttftUs).toBe(Math.round(9999 * 10_000.4));
  });

  test('leaves out failed requests, and counts time from the first that is left', () => {
    const text = bench({ errors: ['', 'Traceback:\n  File x\nTimeoutError: too late'], start_times: [4713.75, 0] });
    const { requests, dropped } = parseMeasuredRun(text, 'bench.json');
    expect(requests).toMatchObject([{ id: '0', arrivalUs: 0, tokenTimesUs: [250_000, 270_000, 300_000] }]);
    expect(dropped).toEqual([{ id: '1', reason: 'TimeoutError: too late' }]);
    const empty = parseMeasuredRun(bench({ output_lens: [3, 0], ttfts: [0.25, 0] }), 'bench.json');
    expect(empty.dropped).toEqual([{ id: '1', reason: 'no output tokens' }]);
  });

  test('of a chat has a gap more, as the stream begins with a chunk that holds no token: the first token is the second', () => {
    // Chunks at 0.25 s (the role), 0.251, 0.271 and 0.301 s after the request was sent.
    const text = bench({ itls: [[0.001, 0.02, 0.03], []], output_lens: [3, 1] });
    expect(parseMeasuredRun(text, 'bench.json').requests[1]).toMatchObject({
      ttftUs: 251_000,
      e2elUs: 301_000,
      tokenTimesUs: [1_501_000, 1_521_000, 1_551_000],
    });
  });

  test('loses a request with more gaps than that, by name, and keeps the others', () => {
    const { requests, dropped } = parseMeasuredRun(bench({ output_lens: [1, 1] }), 'bench.json');
    expect(requests.map(({ id }) => id)).toEqual(['1']);
    expect(dropped).toEqual([{ id: '0', reason: 'itls has 2 gaps, but output_lens is 1' }]);
  });

  test('says whether it was a closed loop', () => {
    expect(parseMeasuredRun(bench({ max_concurrency: 4 }), 'bench.json').maxConcurrency).toBe(4);
    expect(parseMeasuredRun(bench({ max_concurrency: null }), 'bench.json').maxConcurrency).toBeNull();
  });

  test('may hold NaN, as Python writes it, where no time is expected', () => {
    const text = bench({ generated_texts: ['NaN "x" \\', ''] }).replace('1.5', 'NaN');
    expect(parseMeasuredRun(text, 'bench.json')).toEqual(parseMeasuredRun(bench(), 'bench.json'));
  });

  test('may have several tokens in one message of the stream', () => {
    expect(parseMeasuredRun(bench({ output_lens: [9, 1] }), 'bench.json').requests[1]).toMatchObject({
      outputTokens: 9,
      e2elUs: 300_000,
    });
  });
});

describe('a broken file of vllm bench serve is an error that says what to do', () => {
  const summary = { date: '20260101-000000', num_prompts: 2, total_input_tokens: 400, request_throughput: 1.5 };
  test.each([
    [
      'one without --save-detailed',
      JSON.stringify(summary),
      /input_lens.* missing\. .*--save-detailed only.*Run the benchmark again/,
    ],
    [
      'one of an older version',
      bench({ start_times: undefined }),
      /start_times missing\. This version of vLLM did not record/,
    ],
    ['several runs', `${bench()}\n${bench()}`, /holds 2 runs, one a line \(--append-result\).*--result-filename/],
    ['one cut short', bench().slice(0, -10), /not JSON, or cut short/],
    ['lists of different length', bench({ ttfts: [0.25] }), /ttfts has 1 entries, but input_lens has 2/],
    ['a column that is no list', bench({ itls: 3 }), /itls is 3; expected a list/],
    ['a time that is none', bench({ ttfts: ['x', 0.1] }), /request 0: ttfts has "x"; expected seconds/],
    ['gaps that are no list', bench({ itls: [0.1, []] }), /request 0: itls has 0\.1; expected a list of seconds/],
    ['a first token at once', bench({ ttfts: [0, 0.1] }), /request 0: ttfts has 0; expected seconds above 0/],
    ['NaN for a time', bench().replace('0.125', 'NaN'), /request 1: ttfts has "NaN"; expected seconds/],
    ['infinity for a time', bench().replace('0.02', '-Infinity'), /request 0: itls has "-Infinity"; expected seconds/],
    [
      'a number too large',
      bench().replace('0.02', '1e999'),
      /request 0: itls has a number too large; expected seconds/,
    ],
    ['a start in another year', bench({ start_times: [1.7e9, 3] }), /request 0: start_times is more than 10,000,000 s/],
    ['a gap of years', bench({ itls: [[0.02, 1e8], []] }), /request 0: start_times \+ ttfts \+ itls is more than/],
    ['half a token', bench({ input_lens: [1.5, 1] }), /request 0: input_lens has 1\.5; expected a whole number/],
  ])('%s', (_, text, message) => {
    expect(() => parseMeasuredRun(text, 'bench.json')).toThrow(InputError);
    expect(() => parseMeasuredRun(text, 'bench.json')).toThrow(/^bench\.json/);
    expect(() => parseMeasuredRun(text, 'bench.json')).toThrow(message);
  });
});
