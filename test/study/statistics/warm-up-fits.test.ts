import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStudy } from '../../../src/study/open-study.ts';
import { warmUpProblem } from '../../../src/study/statistics/warm-up-fits.ts';

const LENGTHS = 'lengths: { input: 100, output: 50 }';

function problem(warmUp: string, workload: string): string | null {
  const file = join(mkdtempSync(join(tmpdir(), 'servesim-warm-up-')), 'study.yaml');
  writeFileSync(
    file,
    `deployment: { model: qwen3-8b, gpu: h100-sxm }\nworkload: { ${workload} }\nwarm_up: ${warmUp}\n`,
  );
  const { warm_up, runs } = openStudy(file).resolved;
  return warmUpProblem(warm_up, runs[0]!.workload);
}

describe('a stated warm-up is refused before anything is simulated', () => {
  test.each([
    [
      'as long as the arrivals',
      '2m',
      `synthetic: { ${LENGTHS} }, request_rate: 1, duration: 120s`,
      /leaves no request: arrivals stop after 2\.0* min \(workload\.duration\); expected /,
    ],
    [
      'three times as long as so many requests take',
      '300s',
      `synthetic: { ${LENGTHS} }, request_rate: 2, num_requests: 200`,
      /its 200 arrive within about 100 s/,
    ],
    [
      'of any length where all come at once',
      '1s',
      `synthetic: { ${LENGTHS} }, request_rate: inf, num_requests: 20`,
      /its 20 arrive all at once/,
    ],
  ])('%s', (_, warmUp, workload, message) => {
    expect(problem(warmUp, workload)).toMatch(message);
  });
});

describe('it is left to the simulation', () => {
  test.each([
    ['where requests may arrive late', '299s', `synthetic: { ${LENGTHS} }, request_rate: 2, num_requests: 200`],
    ['where it is shorter than the arrivals', '119s', `synthetic: { ${LENGTHS} }, request_rate: 1, duration: 120s`],
    [
      'in a closed loop, whose requests wait for each other',
      '1h',
      `synthetic: { ${LENGTHS} }, request_rate: inf, max_concurrency: 2, num_requests: 200`,
    ],
    ['where nothing is left out', 'none', `synthetic: { ${LENGTHS} }, request_rate: inf, num_requests: 200`],
    ['where MSER-5 finds it', 'mser-5', `synthetic: { ${LENGTHS} }, request_rate: inf, num_requests: 200`],
  ])('%s', (_, warmUp, workload) => {
    expect(problem(warmUp, workload)).toBeNull();
  });
});
