/** What the schema of a workload cannot see: settings that go together, and bounds of laws. */
import type { Path, Problem } from './problems.ts';
import { budgetProblems } from './resolve-workload-budget.ts';
import { classProblems, haveOwnRates, runawayProblem } from './resolve-workload-classes.ts';
import {
  type BundledWorkloads,
  bundledClasses,
  defaultRate,
  givenSpec,
  longName,
  SHORT_NAMES,
} from './resolve-workload-spec.ts';
import { unknownName } from './schema-parts.ts';
import type { WorkloadInput } from './schema-workload.ts';

const HINT = ' (or classes that all have lengths)';

/** All of them, located in the study. */
export function workloadProblems(input: WorkloadInput, bundled: BundledWorkloads): Problem[] {
  const { synthetic, trace } = input;
  if ((synthetic === undefined) === (trace === undefined)) {
    const read = synthetic === undefined ? 'neither synthetic nor' : 'both synthetic and';
    return [
      {
        path: ['workload'],
        at: 'value',
        message: `read ${read} trace, expected one of them${synthetic === undefined ? HINT : ''}`,
      },
    ];
  }
  const problems = trace === undefined ? syntheticProblems(input, bundled) : traceProblems(input);
  walk(synthetic, ['workload', 'synthetic'], problems);
  walk(input.classes, ['workload', 'classes'], problems);
  // What follows reads the specification.
  return problems.length > 0 ? problems : policyProblems(input, bundled);
}

function syntheticProblems(input: WorkloadInput, bundled: BundledWorkloads): Problem[] {
  const problems: Problem[] = [];
  const { synthetic: spec } = input;
  const whole = (message: string) => problems.push({ path: ['workload'], at: 'value', message });
  if (typeof spec === 'string' && !Object.hasOwn(bundled, longName(spec))) {
    const message = unknownName('workload', spec, [...Object.keys(SHORT_NAMES), ...Object.keys(bundled)]);
    problems.push({ path: ['workload', 'synthetic'], at: 'value', message });
  }
  for (const key of ['format', 'spread', 'prefix_blocks', 'prefix_block_size'] as const) {
    if (input[key] === undefined) continue;
    problems.push({ path: ['workload', key], at: 'key', message: `${key} belongs to a trace; remove it` });
  }
  if (input.num_requests == null && input.duration == null)
    whole('a synthetic workload has no end of its own; expected num_requests or duration');
  if (problems.length === 0) problems.push(...sessionProblems(input, bundled));
  const ownRates = haveOwnRates(input.classes);
  const rate = input.request_rate ?? (ownRates ? null : defaultRate(input));
  if (typeof spec === 'object' && spec.base_rate === undefined && rate === null && !ownRates)
    whole('missing; expected request_rate (requests per second, or inf), as the specification has no base_rate');
  if (rate === 'inf' && input.num_requests == null)
    whole('with request_rate inf everything arrives at once; expected num_requests');
  return problems;
}

/** Classes that a bundled workload does not have, two ways to go on at once, and sessions that are counted but not there. */
function sessionProblems(input: WorkloadInput, bundled: BundledWorkloads): Problem[] {
  const known = Object.keys(bundledClasses(input, bundled) ?? {});
  const classes = Object.entries(input.classes ?? {});
  const unknown = classes.filter(([name]) => known.length > 0 && !known.includes(name));
  const spec = givenSpec(input, bundled)!;
  const all = [
    ...(classes.some(([, item]) => item.sessions === undefined) || classes.length === 0
      ? [{ path: ['workload', 'synthetic'] as Path, item: spec }]
      : []),
    ...classes.map(([name, item]) => ({ path: ['workload', 'classes', name] as Path, item })),
  ].map(({ path, item }) => ({
    path,
    sessions: item.sessions === undefined ? spec.sessions : item.sessions,
    followUp: item.follow_up === undefined ? spec.follow_up : item.follow_up,
  }));
  const both = 'read both follow_up and sessions, expected one of them';
  const problems: Problem[] = [
    ...unknown.map(([name]): Problem => {
      const path = ['workload', 'classes', name];
      return { path, at: 'key', message: `${unknownName('class', name, known)} of workload ${input.synthetic}` };
    }),
    ...all
      .filter(({ sessions, followUp }) => sessions != null && followUp != null)
      .map(({ path }): Problem => ({ path, at: 'value', message: both })),
  ];
  if (input.max_sessions != null && all.some(({ followUp }) => followUp != null)) {
    const message = 'second turns of a follow_up belong to no session; remove max_sessions, or give sessions instead';
    problems.push({ path: ['workload', 'max_sessions'], at: 'key', message });
  } else if (input.max_sessions != null && all.every(({ sessions }) => sessions == null)) {
    const message = 'this workload has no sessions; remove max_sessions, or give sessions';
    problems.push({ path: ['workload', 'max_sessions'], at: 'key', message });
  }
  return problems;
}

function traceProblems(input: WorkloadInput): Problem[] {
  const problems: Problem[] = [];
  const add = (key: keyof WorkloadInput, message: string) =>
    problems.push({ path: ['workload', key], at: 'key', message });
  if (input.max_sessions !== undefined)
    add('max_sessions', 'max_sessions belongs to a workload with sessions; remove it');
  if (input.burstiness !== undefined) add('burstiness', 'a trace has its own arrivals; remove burstiness');
  if (input.prefix_blocks === undefined && input.prefix_block_size !== undefined)
    add('prefix_block_size', 'prefix_block_size belongs to prefix_blocks, which is missing');
  return problems;
}

function policyProblems(input: WorkloadInput, bundled: BundledWorkloads): Problem[] {
  const share = input.thinking_share === undefined ? givenSpec(input, bundled)?.thinking_share : input.thinking_share;
  const thinks = share != null;
  const classes = Object.values(input.classes ?? {});
  const someThink = thinks || classes.some(({ thinking_share }) => thinking_share != null);
  const names = Object.keys(input.classes ?? {});
  const problems = budgetProblems(input.budget, ['workload', 'budget'], names, someThink);
  if (!someThink && input.runaway != null) problems.push(runawayProblem(['workload', 'runaway']));
  return [...problems, ...classProblems(input, thinks)];
}

/** Every pair of `min` and `max` must be in order, wherever it is. */
function walk(value: unknown, path: Path, problems: Problem[]): void {
  if (value === null || typeof value !== 'object') return;
  const { min, max } = value as { min?: unknown; max?: unknown };
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    problems.push({ path, at: 'value', message: `min ${min} is above max ${max}` });
  }
  for (const [key, item] of Object.entries(value)) {
    walk(item, [...path, Array.isArray(value) ? Number(key) : key], problems);
  }
}
