/** Specifications of synthetic workloads, bundled or in place, with every default applied. */
import { raise } from './problems.ts';
import type { SyntheticSpec } from './resolved.ts';
import { checkedProblems } from './schema-parts.ts';
import { type SyntheticSpecInput, syntheticSpecSchema, type WorkloadInput } from './schema-workload.ts';

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

/** Where every class has lengths of its own, nothing is left for the workload's specification to say. */
export function withSpecOfClasses(input: WorkloadInput): WorkloadInput {
  const classes = Object.values(input.classes ?? {});
  const [first] = classes;
  if (input.synthetic !== undefined || input.trace !== undefined || first?.lengths === undefined) return input;
  if (classes.some(({ lengths }) => lengths === undefined)) return input;
  return { ...input, synthetic: { name: 'classes', lengths: first.lengths } };
}

/** A closed loop without a rate sends whenever there is room, as `vllm bench serve` does; else the load sets its own pace. */
export function defaultRate({ trace, max_concurrency }: WorkloadInput): 'inf' | null {
  return trace === undefined && max_concurrency != null ? 'inf' : null;
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
    follow_up: given.follow_up ?? null,
  };
}

/** A bare number of tokens is the constant law. */
export function lengthsOf(given: SyntheticSpecInput['lengths']): SyntheticSpec['lengths'] {
  if ('joint' in given) return given;
  const law = (value: (typeof given)['input']) => (typeof value === 'number' ? { constant: value } : value);
  // What the schema lets be undefined is then left out.
  return { input: law(given.input), output: law(given.output) } as SyntheticSpec['lengths'];
}

function bundledSpec(name: string, bundled: BundledWorkloads): SyntheticSpecInput {
  const spec = bundled[name];
  const file = { fileName: `workloads/${name}.yaml`, raw: spec, comment: null, locate: () => `workloads/${name}.yaml` };
  raise(file, checkedProblems(syntheticSpecSchema, spec));
  return spec as SyntheticSpecInput;
}
