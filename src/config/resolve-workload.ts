/** A workload with every setting in place: a bundled or inline specification, or a trace, and how it is sent. */
import { InputError } from '../core/input-error.ts';
import { parseDurationUs } from '../core/units.ts';
import { type Problem, raise, type StudySource } from './problems.ts';
import type { SyntheticSpec, TraceFormat, Workload } from './resolved.ts';
import { checkedProblems, unknownName } from './schema-parts.ts';
import { type SyntheticSpecInput, syntheticSpecSchema, type WorkloadInput } from './schema-workload.ts';

/** Parsed files `workloads/*.yaml` by their name without the ending. */
export type BundledWorkloads = Readonly<Record<string, unknown>>;

const SHORT_NAMES: Readonly<Record<string, string>> = {
  chat: 'chat-azure',
  code: 'code-azure',
  reasoning: 'reasoning-r1',
};

/** What workloads are resolved against. */
export interface WorkloadContext {
  readonly bundledWorkloads: BundledWorkloads;
  /** SHA-256 of a trace's file, or one of prefixes, in hex. Throws InputError where it cannot be read. */
  readonly traceDigest: (path: string) => string;
  /** The format of a trace, if its first line tells one of a measured run. Left out: `format` alone tells. */
  readonly traceFormat?: (path: string) => TraceFormat | null;
}

/** Resolves a workload, or throws what is wrong with it, located in the study. */
export function resolveWorkload(source: StudySource, input: WorkloadInput, context: WorkloadContext): Workload {
  const { bundledWorkloads } = context;
  raise(source, workloadProblems(input, bundledWorkloads));
  return {
    ...(input.trace === undefined ? synthetic(input, bundledWorkloads) : traced(source, input.trace, input, context)),
    request_rate: input.request_rate ?? defaultRate(input),
    num_requests: input.num_requests ?? null,
    duration_s: input.duration == null ? null : parseDurationUs(input.duration) / 1e6,
    max_concurrency: input.max_concurrency ?? null,
    // What a server wrote in a measured run, it is to write again.
    ignore_eos: input.ignore_eos ?? isMeasured(input, context),
    max_tokens: input.max_tokens ?? null,
    // A trace's rows are given, so one that does not fit is a mistake; a law's tail is part of the law.
    long_prompts: input.long_prompts ?? (input.trace === undefined ? 'reject' : 'error'),
  };
}

/** A closed loop without a rate sends whenever there is room, as `vllm bench serve` does; else the load sets its own pace. */
function defaultRate({ trace, max_concurrency }: WorkloadInput): 'inf' | null {
  return trace === undefined && max_concurrency != null ? 'inf' : null;
}

function synthetic(
  input: WorkloadInput,
  bundled: BundledWorkloads,
): Pick<Workload, 'kind' | 'name' | 'spec' | 'trace'> {
  if (typeof input.synthetic === 'string') {
    const spec = resolveSpec(bundledSpec(longName(input.synthetic), bundled), input);
    return { kind: 'synthetic', name: input.synthetic, spec, trace: null };
  }
  const given = input.synthetic!;
  return { kind: 'synthetic', name: given.name ?? 'inline', spec: resolveSpec(given, input), trace: null };
}

/** Formats of measured runs, whose lengths are what a server really wrote. */
const MEASURED: readonly (TraceFormat | null)[] = ['requests_csv', 'vllm_bench'];

function isMeasured({ trace, format = 'auto' }: WorkloadInput, { traceFormat }: WorkloadContext): boolean {
  if (trace === undefined) return false;
  return MEASURED.includes(format === 'auto' ? (traceFormat?.(trace) ?? null) : format);
}

function digestOf(
  source: StudySource,
  key: 'trace' | 'prefix_blocks',
  path: string,
  { traceDigest }: WorkloadContext,
): string {
  try {
    return traceDigest(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${source.locate(['workload', key], 'value')} workload.${key}: ${error.message}`);
  }
}

const PREFIX_BLOCK_TOKENS = 16;

function traced(
  source: StudySource,
  path: string,
  input: WorkloadInput,
  context: WorkloadContext,
): Pick<Workload, 'kind' | 'name' | 'spec' | 'trace'> {
  const { prefix_blocks: prefixes, prefix_block_size: blockTokens } = input;
  return {
    kind: 'trace',
    name: path.split(/[/\\]/).at(-1)!,
    spec: null,
    trace: {
      path,
      sha256: digestOf(source, 'trace', path, context),
      format: input.format ?? 'auto',
      spread_ms: input.spread === undefined ? 0 : parseDurationUs(input.spread) / 1000,
      prefix_blocks:
        prefixes === undefined
          ? null
          : {
              path: prefixes,
              sha256: digestOf(source, 'prefix_blocks', prefixes, context),
              block_size: blockTokens ?? PREFIX_BLOCK_TOKENS,
            },
    },
  };
}

function resolveSpec(given: SyntheticSpecInput, input: WorkloadInput): SyntheticSpec {
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
    thinking_share: given.thinking_share ?? null,
    shared_prefix: given.shared_prefix ?? null,
    follow_up: given.follow_up ?? null,
  };
}

/** A bare number of tokens is the constant law. */
function lengthsOf(given: SyntheticSpecInput['lengths']): SyntheticSpec['lengths'] {
  if ('joint' in given) return given;
  const law = (value: (typeof given)['input']) => (typeof value === 'number' ? { constant: value } : value);
  // What the schema lets be undefined is then left out.
  return { input: law(given.input), output: law(given.output) } as SyntheticSpec['lengths'];
}

const longName = (name: string): string => SHORT_NAMES[name] ?? name;

function bundledSpec(name: string, bundled: BundledWorkloads): SyntheticSpecInput {
  const spec = bundled[name];
  const file = { fileName: `workloads/${name}.yaml`, raw: spec, comment: null, locate: () => `workloads/${name}.yaml` };
  raise(file, checkedProblems(syntheticSpecSchema, spec));
  return spec as SyntheticSpecInput;
}

/** What the schema cannot see: settings that go together, and bounds of laws. */
function workloadProblems(input: WorkloadInput, bundled: BundledWorkloads): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string | null, at: 'key' | 'value', message: string) =>
    problems.push({ path: key === null ? ['workload'] : ['workload', key], at, message });
  const { synthetic: spec, trace } = input;
  if ((spec === undefined) === (trace === undefined)) {
    add(
      null,
      'value',
      `read ${spec === undefined ? 'neither' : 'both'} synthetic and trace, expected one of them`.replace(
        'neither synthetic and',
        'neither synthetic nor',
      ),
    );
    return problems;
  }
  if (typeof spec === 'string' && !Object.hasOwn(bundled, longName(spec))) {
    add('synthetic', 'value', unknownName('workload', spec, [...Object.keys(SHORT_NAMES), ...Object.keys(bundled)]));
  }
  if (spec !== undefined) {
    for (const key of ['format', 'spread', 'prefix_blocks', 'prefix_block_size'] as const) {
      if (input[key] !== undefined) add(key, 'key', `${key} belongs to a trace; remove it`);
    }
    if (input.num_requests == null && input.duration == null) {
      add(null, 'value', 'a synthetic workload has no end of its own; expected num_requests or duration');
    }
    const rate = input.request_rate ?? defaultRate(input);
    if (typeof spec === 'object' && spec.base_rate === undefined && rate === null) {
      add(
        null,
        'value',
        'missing; expected request_rate (requests per second, or inf), as the specification has no base_rate',
      );
    }
    if (rate === 'inf' && input.num_requests == null) {
      add(null, 'value', 'with request_rate inf everything arrives at once; expected num_requests');
    }
  } else if (input.burstiness !== undefined) {
    add('burstiness', 'key', 'a trace has its own arrivals; remove burstiness');
  }
  if (trace !== undefined && input.prefix_blocks === undefined && input.prefix_block_size !== undefined) {
    add('prefix_block_size', 'key', 'prefix_block_size belongs to prefix_blocks, which is missing');
  }
  if (typeof spec === 'object') problems.push(...specProblems(spec));
  return problems;
}

function specProblems(spec: SyntheticSpecInput): Problem[] {
  const problems: Problem[] = [];
  walk(spec, ['workload', 'synthetic'], problems);
  return problems;
}

/** Every pair of `min` and `max` must be in order, wherever it is. */
function walk(value: unknown, path: Problem['path'], problems: Problem[]): void {
  if (value === null || typeof value !== 'object') return;
  const { min, max } = value as { min?: unknown; max?: unknown };
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    problems.push({ path, at: 'value', message: `min ${min} is above max ${max}` });
  }
  for (const [key, item] of Object.entries(value)) {
    walk(item, [...path, Array.isArray(value) ? Number(key) : key], problems);
  }
}
