/** Answers every row of recorded KV capacities anew and compares all columns. */
import { isDeepStrictEqual } from 'node:util';
import type { Catalog } from '../../catalog/catalog.ts';
import {
  blocksOfRequest,
  type KvDemand,
  longestRequest,
  maxConcurrency,
  maxInFlightTokens,
  numGpuBlocks,
  startUpError,
} from '../../catalog/kv-cache.ts';
import { type KvGroup, kvLayout } from '../../catalog/kv-layout.ts';
import type { Model } from '../../catalog/model.ts';
import { KV_CACHE_DTYPES, type KvCacheDtype } from '../../catalog/quantization.ts';
import { type CapacityFile, type CapacityInput, type CapacityRow, INPUT_COLUMNS } from './capacity-file.ts';

/** A column of a row whose recorded answer is not ours. Rows count from 0. */
export interface CapacityDifference {
  readonly row: number;
  readonly field: string;
  readonly recorded: unknown;
  readonly ours: unknown;
}

export type CapacityVerdict =
  | { readonly verdict: 'identical'; readonly rows: number }
  | {
      readonly verdict: 'differs';
      readonly rows: number;
      readonly differing_rows: number;
      /** In order; the first of each row that differs. */
      readonly differences: readonly CapacityDifference[];
    }
  | { readonly verdict: 'not supported'; readonly rows: number; readonly row: number; readonly feature: string };

/** Compares all rows. A row that cannot be answered counts only where no other row differs. */
export function replayCapacity({ rows }: CapacityFile, catalog: Catalog): CapacityVerdict {
  const differences: CapacityDifference[] = [];
  let unsupported: { row: number; feature: string } | null = null;
  for (const [row, recorded] of rows.entries()) {
    const result = compare(recorded, catalog);
    if (result === null) continue;
    if ('feature' in result) unsupported ??= { row, ...result };
    else differences.push({ row, ...result });
  }
  if (differences.length > 0) {
    return { verdict: 'differs', rows: rows.length, differing_rows: differences.length, differences };
  }
  if (unsupported !== null) return { verdict: 'not supported', rows: rows.length, ...unsupported };
  return { verdict: 'identical', rows: rows.length };
}

/** The first column that differs, or the feature that is missing; null where all are equal. */
function compare(row: CapacityRow, catalog: Catalog): Omit<CapacityDifference, 'row'> | { feature: string } | null {
  const demand = demandOf(row, catalog);
  if (typeof demand === 'string') return { feature: demand };
  const ours = answers(row, demand);
  const columns = Object.keys(row).filter((column) => !INPUT_COLUMNS.has(column));
  const unknown = columns.find((column) => !Object.hasOwn(ours, column));
  if (unknown !== undefined) return { feature: `column ${unknown}` };
  const field = columns.find((column) => !isDeepStrictEqual(row[column], ours[column]));
  return field === undefined ? null : { field, recorded: row[field], ours: ours[field] };
}

/** What a request takes from the row's cache, or the feature that is missing. */
function demandOf(row: CapacityInput, catalog: Catalog): KvDemand | string {
  const model = modelOf(row.model, catalog);
  if (model === undefined) return `model ${row.model}`;
  const kvCacheDtype = dtypeOf(row.kv_dtype);
  if (kvCacheDtype === undefined) return `KV dtype ${row.kv_dtype}`;
  return {
    layout: kvLayout(model, kvCacheDtype, row.tp, row.block_size),
    maxInFlightTokens: maxInFlightTokens(row.max_num_batched_tokens, row.async_scheduling),
  };
}

/** By a name of the catalog, or by a repository's name without its owner. */
function modelOf(name: string, catalog: Catalog): Model | undefined {
  const known = catalog.model(name);
  if (known !== undefined) return known;
  return catalog
    .modelNames()
    .map((id) => catalog.model(id)!)
    .find(({ hf, aliases }) =>
      [hf, ...aliases].some((each) => each.split('/').at(-1)!.toLowerCase() === name.toLowerCase()),
    );
}

function dtypeOf(name: string): KvCacheDtype | undefined {
  return name === 'bf16' ? 'bfloat16' : KV_CACHE_DTYPES.find((dtype) => dtype === name);
}

/** Every column that a row may have beside its question. */
function answers(row: CapacityInput, demand: KvDemand): Record<string, unknown> {
  const { layout } = demand;
  const bytes = row.available_bytes;
  const length = row.max_model_len;
  const error = startUpError(demand, bytes, length);
  const longest = longestRequest(demand, bytes, length);
  const blocks = numGpuBlocks(layout, bytes);
  const concurrency = maxConcurrency(demand, blocks, length);
  return {
    max_in_flight_tokens: demand.maxInFlightTokens,
    page_bytes_per_layer: layout.pageBytes,
    groups: layout.groups.map(groupColumns),
    bytes_per_block: layout.bytesPerBlock,
    needed_bytes_for_one_request: blocksOfRequest(demand, length) * layout.bytesPerBlock,
    fits: error === null,
    error,
    estimated_max_model_len: longest,
    num_gpu_blocks: error === null ? blocks : null,
    max_concurrency: error === null ? concurrency : null,
    kv_cache_tokens: error === null ? Math.floor(concurrency * length) : undefined,
    estimated_max_model_len_in_message:
      error === null ? undefined : error === 'no-memory' || longest === 0 ? null : longest,
    auto_fit_max_model_len: longest === 0 ? null : longest,
    auto_fit_error: longest === 0 ? 'auto-fit-impossible' : undefined,
  };
}

const KIND_NAMES: Readonly<Record<KvGroup['kind'], string>> = {
  full: 'FullAttention',
  mla: 'MLAAttention',
  sliding: 'SlidingWindow',
  chunked: 'ChunkedLocalAttention',
};

/** Only a sliding window has its length beside it. */
function groupColumns(group: KvGroup): [string, number, number | null] {
  return [KIND_NAMES[group.kind], group.layers, group.kind === 'sliding' ? group.tokens : null];
}
