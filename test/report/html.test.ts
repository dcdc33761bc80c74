import { describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import { recordOf, runReport, SLO, singleStudy, sweepStudy } from './fixture.ts';
import { expectWellFormed } from './well-formed.ts';

describe('the page of one run', () => {
  const page = reportHtml(singleStudy({ thinking: true, refused: 0.01 }));

  test('is well-formed, without NaN or undefined', () => {
    expectWellFormed(page);
  });

  test('reads from the question over the answer and the pictures to the configuration', () => {
    const order = [
      '<h1>Does one H100',
      'class="answer">The SLO is',
      '<svg',
      '<h2>The numbers',
      '<h2>What was simulated',
      '<h2>Before you rely',
      '<details>',
    ];
    const places = order.map((part) => page.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('needs nothing else: no script, nothing loaded, links or imports', () => {
    expect(page).not.toMatch(/<script|<img|<iframe|@import|url\(|src=|href="(?!data:)/);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  test('is the same bytes for the same run', () => {
    expect(reportHtml(singleStudy({ thinking: true, refused: 0.01 }))).toBe(page);
  });
});

test('text from the study is escaped everywhere', () => {
  const evil = `<script>alert("1")</script>&'`;
  const run = runReport(recordOf([], { totals: { stuck: evil } }), {
    title: evil,
    variant: { [evil]: evil },
    configYaml: evil,
    runId: evil,
    slo: SLO,
    notes: { estimates: [evil], not_modelled: [evil], no_effect: [evil] },
    facts: [{ label: evil, value: evil }],
  });
  for (const runs of [[run], [run, { ...run, variant: { x: 1 } }]]) {
    const page = reportHtml({ name: evil, question: evil, runs });
    expectWellFormed(page);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  }
});

describe('the page of a sweep', () => {
  test('lists every variant with the facts in which they differ, and the facts they share once', () => {
    const page = reportHtml(sweepStudy([8, 16, 24, 32, 40, 48, 56, 64], [1]));
    const simulated = page.slice(page.indexOf('<h2>What was simulated'), page.indexOf('<h2>Before you rely'));
    for (const places of [8, 16, 24, 32, 40, 48, 56, 64])
      expect(simulated).toContain(`max_num_seqs ${places}</th><td class="text wraps">${places} requests</td>`);
    expect(simulated.match(/Llama-3.1-8B/g)).toHaveLength(1);
  });

  test('has a row a run, a legend and the differences of the configurations', () => {
    const page = reportHtml(sweepStudy([16, 32], [1, 2]));
    expectWellFormed(page);
    expect(
      page.match(/<tr><th class="text" scope="row">(16|32)<\/th>|<tr><th scope="row">(16|32)<\/th>/g),
    ).toHaveLength(4);
    expect(page).toContain('class="legend"');
    expect(page).toContain('    max_num_seqs: 32');
  });

  test('stays under 300 kB however many runs there are', () => {
    const [run] = sweepStudy([16], [1]).runs;
    const runs = Array.from({ length: 600 }, (_, i) => ({
      ...run!,
      runId: `run${i}`,
      seed: i % 20,
      variant: { 'deployment.max_num_seqs': Math.floor(i / 20) },
      title: `max_num_seqs ${Math.floor(i / 20)}`,
      configYaml: `${'key: value\n'.repeat(300)}max_num_seqs: ${i}\n`,
    }));
    const page = reportHtml({ name: 'large', question: null, runs });
    expectWellFormed(page);
    expect(Buffer.byteLength(page)).toBeLessThan(300_000);
    expect(page).toContain('The first 100 of 600 runs; summary.csv has them all.');
  });
});

test('a study without runs and a run without requests still make a page', () => {
  expectWellFormed(reportHtml({ name: 'empty', question: null, runs: [] }));
  const page = reportHtml({
    name: 'idle',
    question: null,
    runs: [runReport(recordOf([]), { slo: SLO, facts: [], notes: { estimates: [], not_modelled: [], no_effect: [] } })],
  });
  expectWellFormed(page);
  expect(page).toContain('No request finished');
});
