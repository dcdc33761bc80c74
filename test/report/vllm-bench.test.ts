import { expect, test } from 'vitest';
import { summaryJson } from '../../src/report/vllm-bench.ts';
import { recordOf, runReport, SLO, syntheticRecord } from './fixture.ts';

test('summary.json is JSON in two-space form with a line end', () => {
  const { summary } = runReport(syntheticRecord());
  const text = summaryJson(summary);
  expect(text.startsWith('{\n  "endpoint_type": "servesim",\n')).toBe(true);
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual(summary);
});

test('equal runs give equal bytes, without a date', () => {
  const text = () => summaryJson(runReport(syntheticRecord({ thinking: true }), { slo: SLO }).summary);
  expect(text()).toBe(text());
  expect(text()).not.toMatch(/"date"/);
});

test('an unlimited rate is written as vLLM does, by the word inf', () => {
  const run = runReport(recordOf([]));
  expect(summaryJson({ ...run.summary, request_rate: 'inf' })).toContain('"request_rate": "inf"');
});
