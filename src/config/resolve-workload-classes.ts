/** Classes of requests with every default applied. What a class does not say, it has from its workload. */
import type { Path, Problem } from './problems.ts';
import { resolveSlo } from './resolve-slo.ts';
import { budgetProblems, resolveBudget, resolveRunaway } from './resolve-workload-budget.ts';
import { lengthsOf, poolOf, sessionsOf } from './resolve-workload-spec.ts';
import type { ClassOverrides, RequestClass, SloBound } from './resolved.ts';
import type { WorkloadInput } from './schema-workload.ts';
import type { ClassesInput, ClassInput } from './schema-workload-classes.ts';

/** `slo`: the study's, of classes without one of their own. */
export function resolveClasses(given: ClassesInput | null | undefined, slo: readonly SloBound[]): RequestClass[] {
  const names = Object.keys(given ?? {});
  return Object.entries(given ?? {}).map(([name, item]) => ({
    name,
    share: item.share ?? null,
    request_rate: item.request_rate ?? null,
    priority: item.priority ?? 0,
    slo: item.slo === undefined ? [...slo] : resolveSlo(item.slo),
    overrides: overridesOf(item, names),
  }));
}

/** Whether classes have arrivals of their own instead of sharing the workload's. */
export function haveOwnRates(given: ClassesInput | null | undefined): boolean {
  return Object.values(given ?? {}).some(({ request_rate }) => request_rate !== undefined);
}

function overridesOf(given: ClassInput, classNames: readonly string[]): ClassOverrides {
  const { arrivals, lengths, thinking_share, shared_prefix, prefix_pool, follow_up, sessions } = given;
  const { max_tokens, budget, runaway } = given;
  return {
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(lengths === undefined ? {} : { lengths: lengthsOf(lengths) }),
    ...(thinking_share === undefined ? {} : { thinking_share }),
    ...(shared_prefix === undefined ? {} : { shared_prefix }),
    ...(prefix_pool === undefined ? {} : { prefix_pool: poolOf(prefix_pool) }),
    ...(follow_up === undefined ? {} : { follow_up }),
    ...(sessions === undefined ? {} : { sessions: sessionsOf(sessions) }),
    ...(max_tokens === undefined ? {} : { max_tokens }),
    ...(budget === undefined ? {} : { budget: resolveBudget(budget, classNames) }),
    ...(runaway === undefined ? {} : { runaway: resolveRunaway(runaway) }),
  };
}

const SYNTHETIC_ONLY = [
  'request_rate',
  'arrivals',
  'lengths',
  'shared_prefix',
  'prefix_pool',
  'follow_up',
  'sessions',
] as const;

/** What is wrong with the classes of a workload. `thinks`: the workload does, where a class says nothing else. */
export function classProblems(input: WorkloadInput, thinks: boolean): Problem[] {
  const classes = Object.entries(input.classes ?? {});
  if (classes.length === 0) return [];
  const names = classes.map(([name]) => name);
  return [
    ...(input.trace === undefined ? mixProblems(input, classes) : traceProblems(classes)),
    ...classes.flatMap(([name, item]) => {
      const path = pathOf(name);
      const classThinks = item.thinking_share === undefined ? thinks : item.thinking_share !== null;
      const problems = budgetProblems(item.budget, [...path, 'budget'], names, classThinks);
      if (!classThinks && item.runaway != null) problems.push(runawayProblem([...path, 'runaway']));
      return problems;
    }),
  ];
}

export function runawayProblem(path: Path): Problem {
  const message = 'runaway chains think, but these requests do not; give them a thinking_share';
  return { path, at: 'value', message };
}

type Classes = readonly (readonly [name: string, item: ClassInput])[];

const pathOf = (name: string): Path => ['workload', 'classes', name];

const SHARES_ALL_0: Problem = {
  path: ['workload', 'classes'],
  at: 'value',
  message: 'the shares are all 0; expected one above 0',
};

/** Either all classes share one stream of arrivals, or each has its own. */
function mixProblems(input: WorkloadInput, classes: Classes): Problem[] {
  if (haveOwnRates(input.classes)) return ownRateProblems(input, classes);
  const problems = classes.flatMap(([name, { share, arrivals }]): Problem[] => {
    if (share === undefined)
      return [
        { path: pathOf(name), at: 'value', message: 'missing share; expected share, or request_rate in all classes' },
      ];
    if (arrivals === undefined) return [];
    const message = 'arrivals of its own need a request_rate in place of share';
    return [{ path: [...pathOf(name), 'arrivals'], at: 'key', message }];
  });
  const total = classes.reduce((sum, [, { share }]) => sum + (share ?? 0), 0);
  if (problems.length === 0 && total === 0) problems.push(SHARES_ALL_0);
  return problems;
}

function ownRateProblems(input: WorkloadInput, classes: Classes): Problem[] {
  const problems = classes.flatMap(([name, { share, request_rate }]): Problem[] => {
    if (share !== undefined) {
      const message = 'some classes have a request_rate, so all need one; replace share';
      return [{ path: [...pathOf(name), 'share'], at: 'key', message }];
    }
    if (request_rate !== undefined) return [];
    return [{ path: pathOf(name), at: 'value', message: 'missing request_rate, which other classes have' }];
  });
  if (input.request_rate != null) {
    const message = 'the classes have rates of their own; remove request_rate, or give them shares';
    problems.push({ path: ['workload', 'request_rate'], at: 'key', message });
  }
  return problems;
}

function traceProblems(classes: Classes): Problem[] {
  const problems = classes.flatMap(([name, item]) =>
    SYNTHETIC_ONLY.filter((key) => item[key] !== undefined).map((key): Problem => {
      return { path: [...pathOf(name), key], at: 'key', message: `a trace has its own; remove ${key}` };
    }),
  );
  const shared = classes.filter(([, { share }]) => share !== undefined);
  const without = classes.find(([, { share }]) => share === undefined);
  if (shared.length > 0 && without !== undefined) {
    const message = 'missing share, which other classes have; a trace that names its classes needs none at all';
    problems.push({ path: pathOf(without[0]), at: 'value', message });
  }
  if (shared.length === classes.length && shared.every(([, { share }]) => share === 0)) problems.push(SHARES_ALL_0);
  return problems;
}
