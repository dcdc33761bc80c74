/**
 * Recorded results of vLLM's start-up functions for the KV cache: one row for a model, a precision, a block size, an
 * amount of memory and a `max_model_len`. The columns are described in docs/MEMORY.md.
 */
import { z } from 'zod';
import { InputError } from '../../core/input-error.ts';

const count = z.number().int().nonnegative();

const inputSchema = z.object({
  model: z.string(),
  tp: count.min(1),
  kv_dtype: z.string(),
  block_size: count.min(1),
  available_bytes: count,
  max_model_len: count.min(1),
  max_num_batched_tokens: count.min(1),
  async_scheduling: z.boolean(),
});

const rowSchema = inputSchema.extend({ fits: z.boolean() }).loose();

const fileSchema = z.object({ vllm: z.string(), rows: z.array(rowSchema).min(1) });

/** What a row asks. */
export type CapacityInput = z.infer<typeof inputSchema>;

/** A row: what it asks, and what was recorded, by column. */
export type CapacityRow = CapacityInput & Readonly<Record<string, unknown>>;

export interface CapacityFile {
  readonly vllm: string;
  readonly rows: readonly CapacityRow[];
}

/** The columns that ask; every other column is an answer. */
export const INPUT_COLUMNS: ReadonlySet<string> = new Set(Object.keys(inputSchema.shape));

/** Whether parsed JSON is such a file rather than a scheduler trace. */
export function isCapacityFile(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'rows' in json && !('scenario' in json);
}

/** Reads a parsed file. Throws InputError where a row is not complete. */
export function parseCapacityFile(json: unknown, fileName: string): CapacityFile {
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(
    `${fileName}: not a file of KV capacities: ${issue.path.join('.') || 'top level'}: ${issue.message} (the format: docs/MEMORY.md)`,
  );
}
