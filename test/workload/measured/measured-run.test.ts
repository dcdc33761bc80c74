import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type MeasuredRequest, parseMeasuredRun } from '../../../src/workload/measured/measured-run.ts';

const RUNS = new URL('../../../../shared/ground-truth/', import.meta.url);
const missing = !existsSync(RUNS);

/** Means in milliseconds as the descriptions of the runs, or the benchmark itself, state them. */
const PUBLISHED = [
  ['llmservingsim/rtx4090-llama-3.1-8b/requests.csv', 300, 65_488.3, 32.4, 86_610.0, 1],
  ['llmservingsim/rtxpro6000-llama-3.1-8b/requests.csv', 300, 7122.0, 32.5, 28_225.6, 1],
  ['cpu-vllm/A1.json', 100, 119.992, 26.671, 1785.964, 3],
  ['cpu-vllm/B3.json', 150, 7927.291, 39.073, 13_094.997, 3],
] as const;

describe.skipIf(missing)(missing ? 'measured runs (skipped: they are not here)' : 'measured runs', () => {
  test.each(PUBLISHED)('%s has the mean latencies that were published', (file, count, ttft, tpot, e2el, digits) => {
    const { requests, dropped } = parseMeasuredRun(readFileSync(new URL(file, RUNS), 'utf8'), file);
    expect(dropped).toEqual([]);
    expect(requests).toHaveLength(count);
    const mean = (us: (request: MeasuredRequest) => number) =>
      requests.reduce((sum, request) => sum + us(request), 0) / count / 1e3;
    const unit = 10 ** -digits;
    expect(Math.abs(mean((each) => each.ttftUs) - ttft)).toBeLessThan(unit);
    expect(Math.abs(mean((each) => (each.e2elUs - each.ttftUs) / (each.outputTokens - 1)) - tpot)).toBeLessThan(unit);
    expect(Math.abs(mean((each) => each.e2elUs) - e2el)).toBeLessThan(unit);
  });
});
