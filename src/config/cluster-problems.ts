/**
 * What the schema of `cluster:` cannot see: pools that are not there or would get no request, and settings that nothing
 * would read.
 */
import { parseTokenCount } from '../core/units.ts';
import { ONLY_POOL, type WrittenPool } from './pools.ts';
import type { Path, Problem } from './problems.ts';
import type { ClusterInput } from './schema-cluster.ts';
import { unknownName } from './schema-parts.ts';

/** One router for all pools, named once. */
export function routerProblems(input: ClusterInput, written: readonly WrittenPool[]): Problem[] {
  return written.flatMap(({ name, input: { router } }): Problem[] => {
    if (router === undefined) return [];
    const path = name === ONLY_POOL ? ['deployment', 'router'] : ['deployments', name, 'router'];
    if (name !== ONLY_POOL) {
      return [{ path, at: 'value', message: 'one router stands before all pools; expected it as cluster.router' }];
    }
    if (input?.router === undefined || input.router === router) return [];
    return [
      { path, at: 'value', message: `read ${router}, but cluster.router is ${input.router}; expected one of them` },
    ];
  });
}

const LENGTHS: Path = ['cluster', 'expected_length'];

type Rules = NonNullable<NonNullable<ClusterInput>['expected_length']>['pools'];

/** The rules of `expected_length`: every pool once, the limits ascending, the last one without. */
export function lengthProblems(input: ClusterInput, written: readonly WrittenPool[]): Problem[] {
  const rules = input?.expected_length?.pools;
  if (rules === undefined) return [];
  const names = written.map(({ name }) => name);
  const misnamed = ruleNameProblems(rules, names);
  return [...misnamed, ...limitProblems(rules), ...(misnamed.length > 0 ? [] : unnamedProblems(rules, names))];
}

const ruleAt = (index: number, key: string): Path => [...LENGTHS, 'pools', index, key];

function ruleNameProblems(rules: Rules, names: readonly string[]): Problem[] {
  return rules.flatMap(({ pool }, index): Problem[] => {
    const path = ruleAt(index, 'pool');
    if (!names.includes(pool)) return [{ path, at: 'value', message: unknownName('pool', pool, names) }];
    if (rules.findIndex((rule) => rule.pool === pool) === index) return [];
    return [{ path, at: 'value', message: `read "${pool}" twice, expected every pool once; remove one of them` }];
  });
}

function limitProblems(rules: Rules): Problem[] {
  let before = 0;
  return rules.flatMap(({ below }, index): Problem[] => {
    const problem = (message: string): Problem[] => [{ path: ruleAt(index, 'below'), at: 'value', message }];
    if (index === rules.length - 1) {
      if (below === undefined) return [];
      return problem('expected none for the last pool: it takes what the others do not');
    }
    if (below === undefined) return problem('missing; expected a number of tokens: only the last pool takes any');
    const limit = parseTokenCount(below);
    if (limit <= before) return problem(`read ${below}, expected more than the pool before, ${before}`);
    before = limit;
    return [];
  });
}

function unnamedProblems(rules: Rules, names: readonly string[]): Problem[] {
  const unnamed = names.filter((name) => !rules.some(({ pool }) => pool === name));
  return unnamed.map((name) => ({
    path: [...LENGTHS, 'pools'],
    at: 'value',
    message: `no rule names the pool "${name}", so no request would reach it; add { pool: ${name} }, or remove the pool`,
  }));
}

/** What decides whether settings of a router are read. */
export interface RouterUse {
  readonly router: string;
  /** Whether the workload has classes. */
  readonly hasClasses: boolean;
  /** Values that other variants of the study have for a setting: what one of them reads is not unused. */
  readonly triedValues: (setting: string) => readonly unknown[];
}

/** Settings of a router that no run would read, or that have nothing to read. */
export function unusedRouterProblems(input: ClusterInput, use: RouterUse): Problem[] {
  const { router, triedValues } = use;
  const tried = ['cluster.router', 'deployment.router'].flatMap(triedValues);
  const unread = (['expected_length', 'prefix_aware'] as const).filter(
    (name) => input?.[name] != null && router !== name && !tried.includes(name),
  );
  if (unread.length === 0) return unusedLengthProblems(input, use);
  return unread.map((name) => ({
    path: ['cluster', name],
    at: 'key',
    message: `the router is ${router}, which does not read ${name}; expected router: ${name}, or ${name}: null (--set cluster.${name}=null)`,
  }));
}

function unusedLengthProblems(input: ClusterInput, { router, hasClasses, triedValues }: RouterUse): Problem[] {
  const lengths = input?.expected_length;
  if (lengths == null) return [];
  const by = lengths.by ?? 'oracle';
  const problems: Problem[] = [];
  const isGuessed = by === 'classifier' || triedValues('cluster.expected_length.by').includes('classifier');
  if (lengths.error !== undefined && !isGuessed) {
    const message = `by is ${by}, which has no error; expected by: classifier, or remove error`;
    problems.push({ path: [...LENGTHS, 'error'], at: 'key', message });
  }
  if (router === 'expected_length' && by === 'class' && !hasClasses) {
    const message = 'read class, but the workload has none; expected workload.classes, or by: oracle or classifier';
    problems.push({ path: [...LENGTHS, 'by'], at: 'value', message });
  }
  return problems;
}
