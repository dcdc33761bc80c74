/** Classes, budgets and runaway chains of a workload in a line each, as the report states what was simulated. */
import type { AnswerLimits, Budget, ClassifierBudget, RequestClass, Workload } from '../config/resolved.ts';
import { formatCount, formatDuration } from '../core/units.ts';

interface Fact {
  label: string;
  value: string;
}

/** Nothing of a workload that has none of them. */
export function policyFacts({ classes, budget, runaway }: Workload): Fact[] {
  const facts: Fact[] = [];
  if (classes.length > 0) facts.push({ label: 'Classes', value: classes.map(classText).join('; ') });
  if (budget !== null) facts.push({ label: 'Budget', value: budgetText(budget, classes) });
  if (runaway !== null) {
    const value = `${percent(runaway.share)} of the requests think ${formatCount(runaway.tokens)} tokens if nothing stops them`;
    facts.push({ label: 'Runaway chains', value });
  }
  return facts;
}

function classText({ name, share, request_rate, priority, overrides }: RequestClass, _: number, all: RequestClass[]) {
  const total = all.reduce((sum, item) => sum + (item.share ?? 0), 0);
  const parts = [
    share === null ? null : percent(share / total),
    request_rate === null ? null : `${request_rate} requests/s`,
    priority === 0 ? null : `priority ${priority}`,
    Object.keys(overrides).length === 0 ? null : `its own ${Object.keys(overrides).join(', ')}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? name : `${name}: ${parts.join(', ')}`;
}

function budgetText({ hint, classifier, ...caps }: Budget, classes: readonly RequestClass[]): string {
  const parts = [
    hint === null ? null : `hint: ${percent(hint.cut)} less thinking, ignored by ${percent(hint.ignored_by)}`,
    classifier === null ? null : classifierText(classifier, classes),
    limitsText({ cut: 0, ...caps }),
  ];
  return parts.filter((part) => part !== null).join('; ');
}

function classifierText({ delay_us, by, groups, confusion }: ClassifierBudget, classes: readonly RequestClass[]) {
  const names = groups.map(({ below }, i) => {
    if (by === 'class') return classes[i]!.name;
    return below === null ? 'the rest' : `below ${formatCount(below)}`;
  });
  const limits = groups.map((group, i) => `${names[i]}: ${limitsText(group) ?? 'no limit'}`);
  const right = confusion.map((row, i) => percent(row[i]!));
  const correct = new Set(right).size === 1 ? right[0] : right.join(', ');
  return `classifier by ${by}, ${formatDuration(delay_us)} a request, right for ${correct} (${limits.join('; ')})`;
}

function limitsText({ cut, thinking_tokens, max_tokens }: AnswerLimits): string | null {
  const parts = [
    cut === 0 ? null : `${percent(cut)} less thinking`,
    thinking_tokens === null ? null : `thinking_token_budget ${formatCount(thinking_tokens)}`,
    max_tokens === null ? null : `max_tokens ${formatCount(max_tokens)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
