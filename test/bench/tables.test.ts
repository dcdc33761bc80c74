import { describe, expect, it } from 'vitest';
import type { BenchFile, Measurement } from './bench-file.ts';
import { compareTable } from './compare.ts';
import { replaceSection } from './markdown-section.ts';
import { asMarkdown, asText, benchTables } from './tables.ts';

const chat: Measurement = {
  name: 'chat-100k',
  cpu_s: 2,
  peak_rss_bytes: 300e6,
  requests: 100_000,
  output_tokens: 25_000_000,
  steps: 1_000_000,
  steps_walked: 250_000,
  running_mean: 20,
  preemptions: 0,
  prefix_cache_hit_rate: null,
};

const bench: BenchFile = {
  format: 'servesim-bench-1',
  commit: 'abc1234',
  node: '20.19.0',
  cpu: 'a processor',
  cores: 2,
  start_up: { empty_run_cpu_s: 0.3, version_cpu_s: 0.1, check_cpu_s: 0.3 },
  workloads: [chat, { name: 'chat-1m', failed: 'out of memory' }],
  series: [
    {
      name: 'output-length',
      // Ten times the tokens at twice the cost of a request.
      points: [
        { ...chat, name: 'output-length 100', x: 100, cpu_s: 1, output_tokens: 1e7 },
        { ...chat, name: 'output-length 1000', x: 1000, cpu_s: 2, output_tokens: 1e8 },
        { ...chat, name: 'output-length 10000', x: 10_000, cpu_s: 4, output_tokens: 1e9 },
      ],
    },
  ],
};

function table(title: string) {
  return benchTables(bench).find((candidate) => candidate.title === title)!;
}

function cell(title: string, row: string, column: string): string {
  const { columns, rows } = table(title);
  return rows.find(([name]) => name === row)![columns.findIndex(({ header }) => header === column)]!;
}

describe('tables of a benchmark', () => {
  it('gives CPU time an output token and requests a CPU second', () => {
    // 2 s / 25 M tokens; 100,000 requests / 2 s.
    expect(cell('Workloads', 'chat-100k', 'µs/token')).toBe('0.0800');
    expect(cell('Workloads', 'chat-100k', 'requests/CPU s')).toBe('50,000');
    expect(cell('Workloads', 'chat-100k', 'walked')).toBe('250,000');
  });

  it('says beside a figure whether it meets its bar', () => {
    expect(cell('Workloads', 'chat-100k', 'bar')).toBe('at most 0.04 µs/token: not met');
    expect(cell('Start-up', 'servesim --version', 'bar')).toBe('at most 0.25 s: met');
    expect(cell('Start-up', 'servesim check STUDY', 'bar')).toBe('at most 0.25 s: not met');
  });

  it('says what happened to a run that failed, and judges it by no bar', () => {
    expect(cell('Workloads', 'chat-1m', 'CPU s')).toBe('out of memory');
    expect(cell('Workloads', 'chat-1m', 'bar')).toBe('');
  });

  it('fits how the cost of a request, a token and a step grow', () => {
    // A request: 10, 20, 40 µs, so x^log10(2) = x^0.30; a token gets 5 times as cheap with every 10 times as many.
    const fitted = table('Cost against output length').rows.at(-1)!;
    expect(fitted.slice(0, 5)).toEqual(['grows as', '', 'tokens^0.30', 'tokens^-0.70', 'tokens^0.30']);
    expect(table('Cost against output length').notes).toEqual([
      'Time a request: 4.00 × between extremes (at most 2 × between extremes: not met).',
    ]);
  });

  it('sets chat-100k beside figures of others, as multiples', () => {
    expect(cell('chat-100k beside others', 'Vidur (Python)', '× ours')).toBe('175');
  });

  it('is left out where nothing was measured for it', () => {
    const titles = benchTables({ ...bench, workloads: [], series: [] }).map(({ title }) => title);
    expect(titles).toEqual(['Start-up']);
  });

  it('aligns text and writes Markdown with the same cells', () => {
    const startUp = table('Start-up');
    const [, header, ...rows] = asText(startUp)
      .split('\n')
      .slice(0, 2 + startUp.rows.length);
    const column = header!.indexOf('CPU s') + 'CPU s'.length;
    expect(rows.map((row) => row.slice(0, column).split(/ {2,}/).at(-1))).toEqual(['0.100', '0.300', '0.300']);
    expect(asMarkdown(startUp)).toContain(
      '| command | CPU s | bar |\n| --- | --: | --- |\n| servesim --version | 0.100 |',
    );
  });
});

describe('comparison of two benchmarks', () => {
  const later = (workload: Measurement): BenchFile => ({ ...bench, commit: 'def5678', workloads: [workload] });

  it('prints ratios now / earlier', () => {
    const { title, rows } = compareTable(
      bench,
      later({ ...chat, cpu_s: 1, peak_rss_bytes: 150e6, steps_walked: 25_000 }),
    );
    expect(title).toBe('Now (def5678) against abc1234');
    expect(rows[0]).toEqual(['chat-100k', '0.0800', '0.0400', '0.500', '0.500', '0.100', '']);
  });

  it('says so where the two did not simulate the same', () => {
    const { rows } = compareTable(bench, later({ ...chat, steps: 1_000_002, preemptions: 1 }));
    expect(rows[0]!.at(-1)).toBe('another simulation: 2 steps, 1 preemptions more');
  });
});

describe('replaceSection', () => {
  it('changes what stands between the marks and nothing else', () => {
    const document = 'before\n<!-- bench -->old<!-- /bench -->\nafter\n';
    expect(replaceSection(document, 'bench', 'new')).toBe('before\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nafter\n');
  });

  it('refuses a document without the marks', () => {
    expect(() => replaceSection('text', 'bench', 'new')).toThrow('the document has no <!-- bench -->');
  });
});
