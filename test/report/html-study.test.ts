import { describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import type { RunReport } from '../../src/report/study-report.ts';
import { recordOf, runReport, SLO, singleStudy, sweepStudy, syntheticRecord } from './fixture.ts';
import { statisticsOf, withStatistics } from './statistics-fixture.ts';
import { gridStudy } from './studies.ts';
import { expectWellFormed } from './well-formed.ts';

/** The text of the page between two headings. */
function section(page: string, heading: string): string {
  const start = page.indexOf(`<h2>${heading}`);
  const end = page.indexOf('<h2>', start + 4);
  return start < 0 ? '' : page.slice(start, end < 0 ? undefined : end);
}

describe('the page of a study that sweeps a number over seeds', () => {
  const study = withStatistics(sweepStudy([16, 24, 32], [1, 2]), [0]);
  const page = reportHtml(study);

  test('is well-formed and the same bytes each time', () => {
    expectWellFormed(page);
    expect(reportHtml(study)).toBe(page);
  });

  test('reads from the question over the answer and its remarks and the curves to the numbers', () => {
    const order = [
      '<h1>How many',
      'class="answer"',
      'class="remarks"',
      '<h2>Over max_num_seqs',
      '<h2>How long requests take',
      '<h2>The numbers',
      '<h3>Against max_num_seqs 16',
      'Every run by itself',
    ];
    const places = order.map((part) => page.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('has curves with bands and the interval named, in place of the rows side by side', () => {
    const curves = section(page, 'Over max_num_seqs');
    expect(curves).toContain('Means over 2 seeds, with their 95 % intervals.');
    expect(curves).toContain('class="fill s0"');
    expect(curves).toContain('↑ TTFT p99, ');
    expect(curves).toMatch(/max_num_seqs(, log scale)? →/);
    expect(page).not.toContain('The variants side by side');
  });

  test('shows no withheld figure, but a cross, a word and the reason', () => {
    const { mean } = statisticsOf(study.runs).variants[0]!.estimates.ttft_p99!;
    expect(section(page, 'Over max_num_seqs')).toContain('withheld: the queue grows by 2 requests/s');
    const numbers = section(page, 'The numbers').split('<details>')[0]!;
    expect(numbers).toContain('>withheld</td>');
    expect(numbers).toContain('<li>max_num_seqs 16: the queue grows by 2 requests/s</li>');
    expect(numbers).not.toContain((mean / 1000).toFixed(2));
    expect(page).toContain(' variants (max_num_seqs 16): latencies there');
  });

  test('links each run to its own report, by a relative path', () => {
    const links = [...page.matchAll(/<a href="([^"]*)">/g)].map(([, target]) => target);
    expect(links).toEqual(study.runs.map(({ runId }) => `runs/${runId}/report.html`));
  });

  test('tells what the statistics rest on', () => {
    expect(page).toContain('Intervals reach from the lowest to the highest seed.');
  });
});

describe('the numbers of a study', () => {
  const run = (places: number, seed: number, p99: number): RunReport => {
    const base = runReport(recordOf([]), { seed, variant: { 'x.a': places }, runId: `${places}${seed}` });
    return { ...base, summary: { ...base.summary, p99_ttft_ms: p99 } };
  };
  const runs = [run(1, 1, 100), run(1, 2, 120), run(2, 1, 50), run(2, 2, 60), run(3, 1, 90), run(3, 2, 130)];
  const page = reportHtml(withStatistics({ name: 's', question: null, runs }));

  test('are means with half their interval in the unit of the header', () => {
    expect(page).toContain('>TTFT p99, ms</th>');
    expect(page).toContain('>110 ± 10</td>');
    expect(page).toContain('>55.0 ± 5.0</td>');
  });

  test('against the baseline are coloured where they are more than chance, and marked where they may be', () => {
    expect(page).toContain('<td class="met">−50\u00a0% (−50 to −50\u00a0%)</td>');
    expect(page).toMatch(/<td class="chance">≈\u00a0/);
  });
});

describe('the page of a study that sweeps two settings', () => {
  const page = reportHtml(gridStudy());

  test('has heat maps with every figure printed, and curves with a line for each value of the other', () => {
    expectWellFormed(page);
    const maps = section(page, 'By max_num_seqs and long_prefill_token_threshold');
    const first = /<svg.*?<\/svg>/s.exec(maps)![0];
    // One of the nine has no steady state.
    expect(first.match(/class="heat-text"/g)).toHaveLength(8);
    expect(first).toContain('>×</text>');
    expect(maps).toContain('The deeper the colour, the larger the figure.');
    expect(page).toContain('A line for each long_prefill_token_threshold.');
  });

  test('stays under 500 kB however many variants, seeds and words there are', () => {
    const [run] = gridStudy().runs;
    const runs = Array.from({ length: 1600 }, (_, i) => ({
      ...run!,
      ...{ runId: `run${i}`, seed: i % 4 },
      variant: { 'deployment.max_num_seqs': Math.floor(i / 4) % 20, 'deployment.max_model_len': Math.floor(i / 80) },
      summary: { ...run!.summary, p99_ttft_ms: 100 + i, p99_tpot_ms: 20 + (i % 83) },
      configYaml: `${'key: value\n'.repeat(300)}max_num_seqs: ${i}\n`,
    }));
    const large = reportHtml(withStatistics({ name: 'large', question: null, runs }, [3, 4, 5, 6, 7]));
    expectWellFormed(large);
    expect(Buffer.byteLength(large)).toBeLessThan(500_000);
    expect(large).toContain('<li>5 variants: the queue grows by 2 requests/s</li>');
  });
});

describe('the page of named variants', () => {
  const names = ['plain', 'fp8 kv', 'fp8 kv, small batches', '<script>alert(1)</script>'];
  const runs = names.flatMap((variantName, i) =>
    [1, 2].map((seed) =>
      runReport(syntheticRecord({ seed, places: 10 + 8 * i, rate: 4 }), {
        ...{ seed, variantName, slo: SLO, runId: `${i}${seed}` },
        variant: { 'deployment.kv_cache_dtype': i === 0 ? 'auto' : 'fp8', 'deployment.max_num_seqs': 16 + 8 * i },
      }),
    ),
  );
  const page = reportHtml(withStatistics({ name: 'named', question: null, runs }));

  test('calls them by their names everywhere, escaped', () => {
    expectWellFormed(page);
    expect(page).not.toContain('<script');
    expect(section(page, 'The variants side by side')).toContain('<title>fp8 kv, small batches</title>');
    expect(section(page, 'The numbers')).toContain('scope="row">fp8 kv</th>');
    expect(page).toContain('<h3>Against plain</h3>');
  });

  test('draws what one gives up for another, with the front marked', () => {
    const trade = section(page, 'What one gives up for another');
    expect(trade).toContain('Filled: no other variant is better in TTFT p99 and ');
    expect(trade).toContain('class="dot s0"');
  });

  test('does not where it is the load that varies', () => {
    const load = runs.map((each, i) => ({
      ...each,
      variantName: null,
      variant: { 'workload.request_rate': 1 + (i >> 1) },
    }));
    expect(reportHtml(withStatistics({ name: 'load', question: null, runs: load }))).not.toContain(
      'gives up for another',
    );
  });
});

test('one run has no links, and seeds of one variant have their means with intervals in the answer', () => {
  expect(reportHtml(withStatistics(singleStudy()))).not.toContain('<a href');
  const [first] = singleStudy().runs;
  const second = runReport(syntheticRecord({ seed: 2 }), { seed: 2, slo: SLO, runId: 'other' });
  const page = reportHtml(withStatistics({ name: 's', question: null, runs: [first!, second] }));
  expectWellFormed(page);
  expect(page).toMatch(/Means with their 95\u00a0% intervals: TTFT p99 .*\u00a0±/);
  expect(page).toContain(`<a href="runs/${first!.runId}/report.html">`);
});
