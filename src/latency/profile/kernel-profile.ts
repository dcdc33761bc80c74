/**
 * A user's own measurement of a model's kernels on a GPU, in the CSV layout of LLMServingSim's profiler
 * (github.com/casys-kaist/LLMServingSim, profiler 1.0): one call of each layer of one tensor-parallel rank, measured
 * alone, so without communication. Times in microseconds, axes in tokens or requests.
 */
import { InputError } from '../../core/input-error.ts';
import { readTable } from './csv.ts';
import { type MeasuredPoint, type MeasuredTable, measuredTable } from './measured-table.ts';
import { type ProfileMeta, parseProfileMeta } from './profile-meta.ts';
import { DEFAULT_MIXED_SKEW, parseSkewBuckets, pooledMixedSkew, type SkewBuckets } from './skew.ts';

export interface KernelProfile {
  /** The folder, for messages. */
  readonly where: string;
  readonly meta: ProfileMeta | null;
  /** By layer, one call over its tokens. */
  readonly dense: ReadonlyMap<string, MeasuredTable>;
  /** `lm_head` and `sampler` over the rows they are called for. */
  readonly perSequence: ReadonlyMap<string, MeasuredTable>;
  readonly attention: AttentionTables;
  /** null: no `skew_fit.csv`. */
  readonly decodeSkew: SkewBuckets | null;
  readonly mixedSkew: MixedSkew;
  /** One block of router and experts over (tokens, experts that get one); null: no `moe.csv`. */
  readonly experts: MeasuredTable | null;
}

/** One call of one layer's attention. Contexts count the tokens in the cache. */
export interface AttentionTables {
  /** Decodes alone, over (requests, context of each). */
  readonly decode: MeasuredTable;
  /** One chunk alone, over (its tokens, tokens in the cache before it). */
  readonly prefill: MeasuredTable;
  /** What decodes add to a chunk, over (chunk's tokens, cached before it, requests, context of each). */
  readonly added: MeasuredTable;
  /** Batch sizes measured beside a chunk, ascending. */
  readonly addedRequests: readonly number[];
}

/** The share of skew in batches with a prefill, and which file it is from. */
export interface MixedSkew {
  readonly alpha: number;
  readonly from: 'skew.csv' | 'meta.yaml' | 'the public profile of an RTX PRO 6000';
}

/** The files of a profile, by their path in its folder: the tables of one tensor-parallel degree, and `meta.yaml`. */
export type ProfileFiles = Readonly<Record<string, string>>;

/** Reads a profile for `tensorParallelSize` ranks. `where` names the folder in messages. Throws InputError. */
export function parseProfile(files: ProfileFiles, where: string, tensorParallelSize: number): KernelProfile {
  const file = (name: string) => findFile(files, name, where);
  const required = (name: string) => {
    const found = file(name);
    if (found !== null) return found;
    throw new InputError(`${where}: no ${name}; expected dense.csv, per_sequence.csv and attention.csv.`);
  };
  const metaFile = file('meta.yaml');
  const meta = metaFile === null ? null : parseProfileMeta(metaFile.text, metaFile.name);
  const skewFit = file('skew_fit.csv');
  const experts = file('moe.csv');
  return {
    where,
    meta,
    dense: layerTables(required('dense.csv'), 'tokens'),
    perSequence: layerTables(required('per_sequence.csv'), 'sequences'),
    attention: attentionTables(required('attention.csv')),
    decodeSkew: skewFit === null ? null : parseSkewBuckets(skewFit.text, skewFit.name),
    mixedSkew: mixedSkew(file('skew.csv'), meta?.pooledSkew.get(tensorParallelSize)),
    experts: experts === null ? null : expertsTable(experts),
  };
}

interface NamedFile {
  readonly name: string;
  readonly text: string;
}

function findFile(files: ProfileFiles, name: string, where: string): NamedFile | null {
  const path = Object.keys(files).find((key) => key === name || key.endsWith(`/${name}`));
  return path === undefined ? null : { name: `${where}/${path}`, text: files[path]! };
}

function layerTables({ name, text }: NamedFile, axis: 'tokens' | 'sequences'): Map<string, MeasuredTable> {
  const points = new Map<string, MeasuredPoint[]>();
  for (const row of readTable(text, name, { layer: 'text', [axis]: 'count', time_us: 'time' } as const)) {
    const point = { axes: [Number(row[axis])], us: row.time_us, at: row.at };
    const same = points.get(row.layer);
    if (same === undefined) points.set(row.layer, [point]);
    else same.push(point);
  }
  return new Map([...points].map(([layer, measured]) => [layer, measuredTable(measured)]));
}

const ATTENTION_COLUMNS = {
  prefill_chunk: 'count',
  kv_prefill: 'count',
  n_decode: 'count',
  kv_decode: 'count',
  time_us: 'time',
} as const;

function attentionTables({ name, text }: NamedFile): AttentionTables {
  const decode: MeasuredPoint[] = [];
  const prefill: MeasuredPoint[] = [];
  const mixed: MeasuredPoint[] = [];
  const chunksUs = new Map<string, number>();
  for (const row of readTable(text, name, ATTENTION_COLUMNS)) {
    const { prefill_chunk: chunk, kv_prefill: cached, n_decode: requests, kv_decode: context, time_us: us, at } = row;
    if (requests > 0 && chunk > 0) mixed.push({ axes: [chunk, cached, requests, context], us, at });
    else if (requests > 0) decode.push({ axes: [requests, context], us, at });
    else if (chunk > 0) {
      prefill.push({ axes: [chunk, cached], us, at });
      chunksUs.set(`${chunk} ${cached}`, us);
    } else throw new InputError(`${at}: neither a chunk nor decodes; expected prefill_chunk or n_decode above 0.`);
  }
  const added = mixed.map((point) => {
    const aloneUs = chunksUs.get(`${point.axes[0]} ${point.axes[1]}`);
    if (aloneUs !== undefined) return { ...point, us: point.us - aloneUs };
    throw new InputError(
      `${point.at}: the chunk of ${point.axes[0]} tokens after ${point.axes[1]} was not measured alone; ` +
        'expected a row with the same prefill_chunk and kv_prefill and n_decode 0.',
    );
  });
  return {
    decode: tableOf(decode, name, 'decodes alone (prefill_chunk 0)'),
    prefill: tableOf(prefill, name, 'a chunk alone (n_decode 0)'),
    added: tableOf(added, name, 'a chunk with decodes'),
    addedRequests: [...new Set(added.map(({ axes }) => axes[2]!))].sort((a, b) => a - b),
  };
}

function tableOf(points: readonly MeasuredPoint[], name: string, what: string): MeasuredTable {
  if (points.length === 0) throw new InputError(`${name}: no row measures ${what}; expected some of each kind.`);
  return measuredTable(points);
}

function expertsTable({ name, text }: NamedFile): MeasuredTable {
  const rows = readTable(text, name, { tokens: 'count', activated_experts: 'count', time_us: 'time' } as const);
  return measuredTable(rows.map((row) => ({ axes: [row.tokens, row.activated_experts], us: row.time_us, at: row.at })));
}

function mixedSkew(sweep: NamedFile | null, pooledAlpha: number | undefined): MixedSkew {
  const alpha = sweep === null ? null : pooledMixedSkew(sweep.text, sweep.name);
  if (alpha !== null) return { alpha, from: 'skew.csv' };
  if (pooledAlpha !== undefined) return { alpha: pooledAlpha, from: 'meta.yaml' };
  return { alpha: DEFAULT_MIXED_SKEW, from: 'the public profile of an RTX PRO 6000' };
}
