/**
 * The id of a run: a hash of everything that can change its result, so that running a study again finds what is done
 * and shards need no coordination. FNV-1a over 64 bits (Fowler, Noll, Vo), folded to 48, of canonical JSON.
 */
import type { Prices, ResolvedRun } from './resolved.ts';

/** Parts that only describe: they do not enter the id. */
const DESCRIPTIVE = new Set([
  'notes',
  'note',
  'provisional',
  'source',
  'aliases',
  'usableSource',
  'description',
  'model_file',
  'name',
  // Of a trace, whose content enters the id by its digest.
  'path',
  // Of a calibration, whose law enters the id.
  'calibration_file',
  'fitted_to',
  'error_percent',
  'cross_validation',
]);

/**
 * 12 hex digits for a run, from its seed, deployment, workload and bounds, and from the version of the program, whose
 * engine and kernel coefficients decide the rest.
 */
export function runId(run: Omit<ResolvedRun, 'run_id'>, programVersion: string): string {
  const { seed, cluster, workload, slo, prices } = run;
  // Streams of chance go by the names of classes and pools.
  const classes = workload.classes.map(({ name }) => name);
  const pools = run.pools.map((pool) => [pool.name, pool]);
  const all = { programVersion, seed, pools, cluster, workload, classes, slo, prices: priceNumbers(prices) };
  return hash48(canonicalJson(all));
}

/** Who quoted a price, and when, changes no result. */
function priceNumbers({ gpus, api }: Prices): unknown {
  const offers = Object.entries(gpus).map(([gpu, all]) => [
    gpu,
    all.map((offer) => [offer.gpus, offer.on_demand, offer.spot]),
  ]);
  return [Object.fromEntries(offers), api === null ? null : [api.input, api.output]];
}

/** JSON with sorted keys, without the descriptive ones. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value as Record<string, unknown>)
    .filter(([key, item]) => !DESCRIPTIVE.has(key) && item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${entries.join(',')}}`;
}

/** FNV-1a with 64 bits as [high, low], 32 bits each. */
export function fnv1a64(text: string): [high: number, low: number] {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3; every product below stays under 2^53.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 2 ** 8) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return [high, low];
}

function hash48(text: string): string {
  const [high, low] = fnv1a64(text);
  const upper = high & 0xffff;
  const lower = (low ^ (high >>> 16)) >>> 0;
  return upper.toString(16).padStart(4, '0') + lower.toString(16).padStart(8, '0');
}
