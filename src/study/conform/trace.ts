/**
 * Recorded scheduler traces: what a scenario asked of a real vLLM scheduler and what that decided in every step. The
 * format is described in docs/CONFORMANCE.md; one JSON object a file, gzip where large.
 */
import { z } from 'zod';
import { InputError } from '../../core/input-error.ts';

const count = z.number().int().nonnegative();
const byRequest = z.record(z.string(), count);

const requestSchema = z.object({
  id: z.string(),
  arrival_step: count,
  /** [segment, tokens]: the first tokens of that segment; `out:ID` names the output of request ID. */
  prompt: z.array(z.tuple([z.union([z.string(), z.number()]), count])),
  max_tokens: count.nullable(),
  eos_at: count.nullish(),
  priority: z.number().optional(),
  arrival_time: z.number().nullish(),
  accept: z.array(count).nullish(),
  draft: z.array(count).nullish(),
  cache_salt: z.string().nullish(),
  skip_reading_prefix_cache: z.boolean().nullish(),
});

const abortSchema = z.object({
  request: z.string(),
  before_step: count.optional(),
  before_update_of_step: count.optional(),
});

const stepSchema = z.strictObject({
  k: count,
  arr: z.array(count).optional(),
  ab: z.array(count).optional(),
  abm: z.array(count).optional(),
  s: z.array(count).optional(),
  n: z.array(count).optional(),
  hit: byRequest.optional(),
  spec: byRequest.optional(),
  nb: byRequest.optional(),
  blk: z.record(z.string(), z.array(z.array(count))).optional(),
  pre: z.array(count).optional(),
  fs: count.optional(),
  skd: count.optional(),
  u: count.optional(),
  out: z.array(z.tuple([count, count])).optional(),
  no: count.optional(),
  fin: z.array(z.tuple([count, z.string()])).optional(),
  fu: count.optional(),
  run: z.array(count).optional(),
  nc: z.array(count).optional(),
  ph: z.array(z.number()).optional(),
  wait: z.array(count).optional(),
  nr: count.optional(),
  nw: count.optional(),
  h: count.optional(),
});

const groupSchema = z.object({
  type: z.string(),
  window: count.nullish(),
  chunk: count.nullish(),
  count: count.optional(),
  block_size: count.nullish(),
});

const resolvedSchema = z.looseObject({
  block_size: count,
  num_gpu_blocks: count,
  max_num_seqs: count,
  max_num_batched_tokens: count,
  max_num_scheduled_tokens: count.nullable(),
  max_num_active_seqs: count.nullable(),
  max_model_len: count,
  enable_chunked_prefill: z.boolean(),
  long_prefill_token_threshold: count,
  long_prefill_token_threshold_adaptive: z.boolean(),
  enable_prefix_caching: z.boolean(),
  policy: z.string(),
  async_scheduling: z.boolean(),
  scheduler_reserve_full_isl: z.boolean(),
  watermark: z.number(),
  prefill_schedule_interval: count,
  spec_method: z.string().nullable(),
  num_speculative_tokens: count,
  prefix_cache_retention_interval: count.nullable(),
  kv_groups: z.array(groupSchema).min(1),
});

const traceSchema = z.object({
  vllm: z.string(),
  scenario: z.object({
    name: z.string(),
    trace_level: z.enum(['blocks', 'full', 'lite']),
    requests: z.array(requestSchema),
    aborts: z.array(abortSchema).optional(),
  }),
  resolved: resolvedSchema,
  totals: z.object({
    schedule_calls: count,
    scheduled_tokens: count,
    preemptions: count,
    hit_tokens: count,
    output_tokens: count,
    rejected: z.array(count),
  }),
  requests: z
    .array(
      z.tuple([
        count.nullable(),
        count.nullable(),
        count.nullable(),
        z.string().nullable(),
        count,
        count,
        count.nullable(),
      ]),
    )
    .optional(),
  steps: z.array(stepSchema),
});

export type Trace = z.infer<typeof traceSchema>;
export type TraceStep = z.infer<typeof stepSchema>;
export type TraceRequest = z.infer<typeof requestSchema>;

/** Settings derived from others, or without influence on decisions; every other unknown setting is a feature. */
const DERIVED_SETTINGS = new Set([
  'scheduler_block_size',
  'hash_block_size',
  'num_spec_tokens',
  'num_lookahead_tokens',
  'eagle_block_drop',
  'num_hash_lookahead_tokens',
  'draft_slots',
  'max_in_flight_tokens',
  'use_v2_model_runner',
]);
const GROUP_TYPES = new Set(['full', 'sliding', 'chunked']);
const POLICIES = new Set(['fcfs', 'priority']);
const SPEC_METHODS = new Set(['ngram', 'eagle', 'eagle3', 'mtp', 'draft_model']);

/** Reads the parsed JSON of a trace. Throws InputError where it is no trace. */
export function parseTrace(json: unknown, fileName: string): Trace {
  const parsed = traceSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(
    `${fileName}: not a scheduler trace: ${issue.path.join('.') || 'top level'}: ${issue.message} (the format: docs/CONFORMANCE.md)`,
  );
}

/** The first feature of the trace that the engine does not have; null: it has all of them. */
export function unsupportedFeature(trace: Trace): string | null {
  const { resolved } = trace;
  const known = new Set([...Object.keys(resolvedSchema.shape), ...DERIVED_SETTINGS]);
  const setting = Object.keys(resolved).find((key) => !known.has(key));
  if (setting !== undefined) return `setting ${setting}`;
  const group = resolved.kv_groups.find((candidate) => !GROUP_TYPES.has(candidate.type));
  if (group !== undefined) return `KV group of type ${group.type}`;
  if (!POLICIES.has(resolved.policy)) return `scheduling policy ${resolved.policy}`;
  if (resolved.spec_method !== null && !SPEC_METHODS.has(resolved.spec_method))
    return `speculative method ${resolved.spec_method}`;
  return null;
}
