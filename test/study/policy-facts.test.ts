import { expect, test } from 'vitest';
import type { Workload } from '../../src/config/resolved.ts';
import { policyFacts } from '../../src/study/policy-facts.ts';
import { requestClass, syntheticWorkload } from '../workload/support.ts';

const facts = (settings: Partial<Workload>) => policyFacts(syntheticWorkload({}, settings));
const NONE = { hint: null, classifier: null, thinking_tokens: null, max_tokens: null };

test('a workload without policies has nothing to say about them', () => {
  expect(facts({})).toEqual([]);
});

test('classes, budget and runaway chains are a line each', () => {
  const classes = [
    requestClass('interactive', { share: 3 }),
    requestClass('batch', { share: 1, priority: 2, overrides: { max_tokens: 5 } }),
  ];
  const budget = { ...NONE, hint: { cut: 0.5, ignored_by: 0.2 }, max_tokens: 4096 };
  expect(facts({ classes, budget, runaway: { share: 0.01, tokens: 100_000 } })).toEqual([
    { label: 'Classes', value: 'interactive: 75 %; batch: 25 %, priority 2, its own max_tokens' },
    { label: 'Budget', value: 'hint: 50 % less thinking, ignored by 20 %; max_tokens 4,096' },
    { label: 'Runaway chains', value: '1 % of the requests think 100,000 tokens if nothing stops them' },
  ]);
});

test('a classifier names its groups, their limits and how often it is right', () => {
  const limits = { cut: 0, thinking_tokens: null, max_tokens: null };
  const groups = [
    { ...limits, below: 1000, cut: 0.75 },
    { ...limits, below: null, thinking_tokens: 8000 },
  ];
  const confusion = [
    [0.9, 0.1],
    [0.3, 0.7],
  ];
  const text = (by: 'class' | 'thinking', right: number[][]) =>
    facts({
      classes: by === 'class' ? [requestClass('a', { request_rate: 1 }), requestClass('b', { request_rate: 2 })] : [],
      budget: { ...NONE, classifier: { delay_us: 8000, by, groups, confusion: right } },
    }).at(-1)!.value;
  expect(text('thinking', confusion)).toBe(
    'classifier by thinking, 8.00 ms a request, right for 90 %, 70 % (below 1,000: 75 % less thinking; the rest: thinking_token_budget 8,000)',
  );
  expect(
    text('class', [
      [1, 0],
      [0, 1],
    ]),
  ).toBe(
    'classifier by class, 8.00 ms a request, right for 100 % (a: 75 % less thinking; b: thinking_token_budget 8,000)',
  );
});
