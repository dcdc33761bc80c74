import { describe, expect, test } from 'vitest';
import { consoleReport } from '../../src/report/console.ts';
import { studyJson } from '../../src/report/study-json.ts';
import { sweepStudy } from './fixture.ts';
import { estimate, statisticsOf } from './statistics.ts';

const plain = { columns: 80, color: false };
const versus = (mean: number, low: number, high: number, significant: boolean) => ({
  difference: estimate(mean, low, high),
  ratio: estimate(1 + mean / 900, 1 + low / 900, 1 + high / 900),
  significant,
});

const STUDY = statisticsOf(
  [
    { estimates: { ttft_p99: estimate(900, 850, 950), goodput: estimate(0.97, 0.96, 0.98) } },
    {
      estimates: { ttft_p99: estimate(700, 660, 740), goodput: estimate(0.975, 0.96, 0.99) },
      versusBaseline: { ttft_p99: versus(-200, -250, -150, true), goodput: versus(0.005, -0.01, 0.02, false) },
    },
    {
      estimates: { ttft_p99: null, goodput: null },
      versusBaseline: { ttft_p99: null, goodput: null },
      saturation: 'growing',
      withheld: 'the queue grows by 3 requests/s',
    },
  ],
  { notes: ['Intervals over seeds at 95 %.'] },
);

describe('the console report of a study with several seeds', () => {
  const text = consoleReport(STUDY, plain);
  const lines = text.split('\n');
  const line = (variant: string, metric: string) =>
    lines.slice(lines.findIndex((each) => each.startsWith(variant))).find((each) => each.startsWith(`  ${metric}`))!;

  test('has under each variant a line a metric, with the mean and half of its interval', () => {
    expect(line('max_num_seqs 8 (baseline)', 'TTFT p99')).toMatch(/TTFT p99 +900 ± 50 ms$/);
    expect(line('max_num_seqs 8 (baseline)', 'goodput')).toMatch(/goodput +97\.0 ± 1\.0 %$/);
    expect(lines.filter((each) => /^max_num_seqs \d+( \(baseline\))?$/.test(each))).toHaveLength(3);
  });

  test('says how a variant differs from the baseline, and whether that is more than chance', () => {
    expect(line('max_num_seqs 16', 'TTFT p99')).toMatch(/−22 % \(−28 to −17 %\) +better$/);
    expect(line('max_num_seqs 16', 'goodput')).toMatch(/\+0\.5 points \(−1\.0 to \+2\.0\) +chance$/);
    expect(text).toContain('chance: the interval of the difference holds 0.');
  });

  test('prints why figures are withheld instead of them', () => {
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Withheld: goodput, TTFT p99. The queue grows by 3 requests/s.');
  });

  test('where every variant withholds its figures, says why of each', () => {
    const growing = { saturation: 'growing', withheld: 'the queue grows by 3 requests/s' } as const;
    const none = { ttft_p99: null, goodput: null };
    const all = consoleReport(statisticsOf([growing, growing].map((each) => ({ ...each, estimates: none }))), plain);
    const told = 'Withheld: latencies and goodput. The queue grows by 3 requests/s.';
    expect(all.replaceAll(/\s+/g, ' ').split(told)).toHaveLength(3);
  });

  test('stays within the width, and has no row a run', () => {
    for (const columns of [70, 80, 120]) {
      const report = consoleReport(STUDY, { columns, color: false });
      expect(Math.max(...report.split('\n').map((each) => each.length))).toBeLessThanOrEqual(columns);
    }
    expect(text).not.toMatch(/\bseed {2}/);
  });

  test('colours only what is also said in words', () => {
    const colored = consoleReport(STUDY, { columns: 80, color: true });
    expect(colored).toContain('\u001b[32mbetter\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that are looked for
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(text);
  });

  test('says when the run is too short to tell whether the queue grows', () => {
    const undecided = statisticsOf([
      {
        estimates: { ttft_p99: estimate(900, 850, 950), goodput: null },
        saturation: 'undecided',
        saturationReason: 'growth cannot be excluded: the run is too short to tell',
      },
    ]);
    expect(consoleReport(undecided, plain)).toContain('  Growth cannot be excluded: the run is too short to tell.');
  });
});

describe('the console report of one seed', () => {
  test('is a row a run, with statistics and without', () => {
    const single = sweepStudy([32, 48], [1]);
    const statistics = {
      ...STUDY.statistics!,
      variants: STUDY.statistics!.variants.map((each) => ({ ...each, runs: 1 })),
    };
    const rows = (text: string) => text.split('\n').filter((each) => /^ +(32|48) .*(met|missed)/.test(each));
    const text = consoleReport({ ...single, statistics }, plain);
    expect(rows(text)).toHaveLength(2);
    expect(rows(text)).toEqual(rows(consoleReport(single, plain)));
    expect(text).not.toContain('against baseline');
  });
});

describe('study.json', () => {
  const json = JSON.parse(studyJson(STUDY, '1.2.3'));

  test('names what was asked, the runs that answer it, and the statistics as files name things', () => {
    expect(json).toMatchObject({ name: 'study', question: null, servesim_version: '1.2.3', not_started: [] });
    expect(json.runs[0]).toMatchObject({ seed: 1, variant: { 'deployment.max_num_seqs': 8 }, variant_name: null });
    expect(json.statistics).toMatchObject({ level: 0.95, difference_level: 0.95 });
    expect(json.statistics.variants[0].baseline).toBeNull();
    expect(json.statistics.variants[1]).toMatchObject({
      baseline: 0,
      other_load: false,
      warm_up: { requests: 0 },
      estimates: { ttft_p99: { mean: 700, low: 660, high: 740, runs: 3, method: 'student' } },
      versus_baseline: { ttft_p99: { significant: true } },
    });
    expect(JSON.stringify(json)).not.toMatch(/"[a-z]+[A-Z]\w*":/);
  });
});
