/** Specifications of synthetic workloads, bundled or in place, with every default applied. */
import { raise } from './problems.ts';
import type { LengthLaw, PrefixPool, SessionLaw, SyntheticSpec } from './resolved.ts';
import { checkedProblems } from './schema-parts.ts';
import {
  type BundledWorkloadInput,
  bundledWorkloadSchema,
  type SyntheticSpecInput,
  syntheticSpecSchema,
  type WorkloadInput,
} from './schema-workload.ts';
import type { ClassesInput } from './schema-workload-classes.ts';
import type { PrefixPoolInput, SessionsInput } from './schema-workload-sessions.ts';

/** Parsed files `workloads/*.yaml` by their name without the ending. */
export type BundledWorkloads = Readonly<Record<string, unknown>>;

export const SHORT_NAMES: Readonly<Record<string, string>> = {
  chat: 'chat-azure',
  code: 'code-azure',
  reasoning: 'reasoning-r1',
};

export const longName = (name: string): string => SHORT_NAMES[name] ?? name;

/** The specification that a workload gives or names, as it was written. */
export function givenSpec({ synthetic }: WorkloadInput, bundled: BundledWorkloads): SyntheticSpecInput | null {
  if (typeof synthetic === 'string') return bundledSpec(longName(synthetic), bundled);
  return synthetic ?? null;
}

/** The classes of the bundled workload that is named; null: it has none, or none is named. */
export function bundledClasses({ synthetic }: WorkloadInput, bundled: BundledWorkloads): ClassesInput | null {
  if (typeof synthetic !== 'string' || !Object.hasOwn(bundled, longName(synthetic))) return null;
  return bundledFile(longName(synthetic), bundled).classes ?? null;
}

/** A study that names a bundled workload with classes may say more about each of them. */
export function withBundledClasses(input: WorkloadInput, bundled: BundledWorkloads): WorkloadInput {
  const own = bundledClasses(input, bundled);
  if (own === null) return input;
  const given = input.classes ?? {};
  const merged = Object.entries(own).map(([name, { share, ...laws }]) => {
    const item = given[name];
    // A rate of its own stands in place of a share.
    const shared = item?.request_rate === undefined && share !== undefined ? { share } : {};
    return [name, { ...shared, ...laws, ...item }];
  });
  const unknown = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(own, name)));
  return { ...input, classes: { ...Object.fromEntries(merged), ...unknown } };
}

/** Of all classes that the workload will have. */
export function classNames(input: WorkloadInput, bundled: BundledWorkloads): string[] {
  return Object.keys(withBundledClasses(input, bundled).classes ?? {});
}

/** Where every class has lengths of its own, nothing is left for the workload's specification to say. */
export function withSpecOfClasses(input: WorkloadInput): WorkloadInput {
  const classes = Object.values(input.classes ?? {});
  const [first] = classes;
  if (input.synthetic !== undefined || input.trace !== undefined || first?.lengths === undefined) return input;
  if (classes.some(({ lengths }) => lengths === undefined)) return input;
  return { ...input, synthetic: { name: 'classes', lengths: first.lengths } };
}

/** A closed loop without a rate sends whenever there is room, as `vllm bench serve` does; else the load sets its own pace. */
export function defaultRate({ trace, max_concurrency, max_sessions }: WorkloadInput): 'inf' | null {
  return trace === undefined && (max_concurrency ?? max_sessions) != null ? 'inf' : null;
}

export function resolveSpec(given: SyntheticSpecInput, input: WorkloadInput): SyntheticSpec {
  const arrivals: SyntheticSpec['arrivals'] =
    input.burstiness === undefined
      ? (given.arrivals ?? { process: 'poisson' })
      : { process: 'gamma', burstiness: input.burstiness };
  return {
    description: given.description ?? '',
    source: given.source ?? '',
    base_rate: given.base_rate ?? 1,
    arrivals,
    lengths: lengthsOf(given.lengths),
    thinking_share: (input.thinking_share === undefined ? given.thinking_share : input.thinking_share) ?? null,
    shared_prefix: given.shared_prefix ?? null,
    prefix_pool: poolOf(given.prefix_pool),
    follow_up: given.follow_up ?? null,
    sessions: sessionsOf(given.sessions),
  };
}

export function poolOf(given: PrefixPoolInput | null | undefined): PrefixPool | null {
  return given == null ? null : { size: given.size, zipf: given.zipf ?? 0, tokens: tokensOf(given.tokens) };
}

export function sessionsOf(given: SessionsInput | null | undefined): SessionLaw | null {
  if (given == null) return null;
  const { requests, gap_s, new_tokens, includes_reply, strip_thinking, compaction } = given;
  return {
    requests: typeof requests === 'number' ? { constant: requests } : requests,
    gap_s,
    new_tokens: tokensOf(new_tokens),
    includes_reply: includes_reply ?? false,
    strip_thinking: strip_thinking ?? false,
    compaction: compaction == null ? null : { above: tokensOf(compaction.above), keep: compaction.keep },
  };
}

/** A bare number of tokens is the constant law. */
export function lengthsOf(given: SyntheticSpecInput['lengths']): SyntheticSpec['lengths'] {
  return 'joint' in given ? given : { input: tokensOf(given.input), output: tokensOf(given.output) };
}

/** What the schema lets be undefined is left out. */
function tokensOf(given: PrefixPoolInput['tokens']): LengthLaw {
  return (typeof given === 'number' ? { constant: given } : given) as LengthLaw;
}

function bundledSpec(name: string, bundled: BundledWorkloads): SyntheticSpecInput {
  const { classes, ...spec } = bundledFile(name, bundled);
  // Without lengths of its own, all its classes have some.
  return { ...spec, lengths: (spec.lengths ?? Object.values(classes!)[0]!.lengths)! };
}

function bundledFile(name: string, bundled: BundledWorkloads): BundledWorkloadInput {
  const raw = bundled[name];
  const file = { fileName: `workloads/${name}.yaml`, raw, comment: null, locate: () => `workloads/${name}.yaml` };
  const { classes } = (raw ?? {}) as BundledWorkloadInput;
  const all = Object.values(classes ?? {});
  const needsLengths = all.length === 0 || all.some((item) => item?.lengths === undefined);
  raise(file, checkedProblems(needsLengths ? syntheticSpecSchema : bundledWorkloadSchema, raw));
  return raw as BundledWorkloadInput;
}
