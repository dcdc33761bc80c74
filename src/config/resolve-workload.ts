/** A workload with every setting in place: a bundled or inline specification, or a trace, and how it is sent. */
import { InputError } from '../core/input-error.ts';
import { parseDurationUs } from '../core/units.ts';
import { raise, type StudySource } from './problems.ts';
import { resolveBudget, resolveRunaway } from './resolve-workload-budget.ts';
import { haveOwnRates, resolveClasses } from './resolve-workload-classes.ts';
import {
  type BundledWorkloads,
  defaultRate,
  givenSpec,
  resolveSpec,
  withBundledClasses,
  withSpecOfClasses,
} from './resolve-workload-spec.ts';
import type { SloBound, TraceFormat, Workload } from './resolved.ts';
import type { WorkloadInput } from './schema-workload.ts';
import { workloadProblems } from './workload-problems.ts';

/** What workloads are resolved against. */
export interface WorkloadContext {
  readonly bundledWorkloads: BundledWorkloads;
  /** SHA-256 of a trace's file, or one of prefixes, in hex. Throws InputError where it cannot be read. */
  readonly traceDigest: (path: string) => string;
  /** The format of a trace, if its first line tells one of a measured run. Left out: `format` alone tells. */
  readonly traceFormat?: (path: string) => TraceFormat | null;
}

/** Resolves a workload, or throws what is wrong with it, located in the study. `slo`: the study's bounds. */
export function resolveWorkload(
  source: StudySource,
  given: WorkloadInput,
  context: WorkloadContext,
  slo: readonly SloBound[] = [],
): Workload {
  const { bundledWorkloads } = context;
  const input = withSpecOfClasses(withBundledClasses(given, bundledWorkloads));
  raise(source, workloadProblems(input, bundledWorkloads));
  const classNames = Object.keys(input.classes ?? {});
  return {
    ...(input.trace === undefined ? synthetic(input, bundledWorkloads) : traced(source, input.trace, input, context)),
    request_rate: input.request_rate ?? (haveOwnRates(input.classes) ? null : defaultRate(input)),
    num_requests: input.num_requests ?? null,
    duration_s: input.duration == null ? null : parseDurationUs(input.duration) / 1e6,
    max_concurrency: input.max_concurrency ?? null,
    max_sessions: input.max_sessions ?? null,
    // What a server wrote in a measured run, it is to write again.
    ignore_eos: input.ignore_eos ?? isMeasured(input, context),
    max_tokens: input.max_tokens ?? null,
    budget: resolveBudget(input.budget, classNames),
    runaway: resolveRunaway(input.runaway),
    classes: resolveClasses(input.classes, slo),
    // A trace's rows are given, so one that does not fit is a mistake; a law's tail is part of the law.
    long_prompts: input.long_prompts ?? (input.trace === undefined ? 'reject' : 'error'),
  };
}

function synthetic(
  input: WorkloadInput,
  bundled: BundledWorkloads,
): Pick<Workload, 'kind' | 'name' | 'spec' | 'trace'> {
  const { synthetic: given } = input;
  const name = typeof given === 'string' ? given : (given!.name ?? 'inline');
  return { kind: 'synthetic', name, spec: resolveSpec(givenSpec(input, bundled)!, input), trace: null };
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
      thinking_share: input.thinking_share ?? null,
    },
  };
}
