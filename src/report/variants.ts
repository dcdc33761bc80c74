/**
 * The variants of a study: its runs grouped by the values of the swept keys, seeds of one variant together, each
 * called by what tells it apart from the others and no more.
 */
import { isMapping, type Mapping } from '../core/mapping.ts';
import type { Estimate, StudyStatistics } from '../metrics/study-statistics.ts';
import { listed } from './format.ts';
import type { RunReport } from './study-report.ts';

export interface Variant {
  /** `h100-sxm × TP 4`, `max_model_len 8192`; the run's own title without a sweep. */
  title: string;
  /** For charts: of several long keys only the values, `h100-sxm × TP 4 × 8192`. */
  chartName: string;
  /** In the study's order; at least one. */
  runs: RunReport[];
  /** Its queue grows, so that figures of a steady state are withheld. Left out: nobody judged it. */
  unsteady?: boolean;
  /** Of the requests in the system, requests a second. */
  growthPerSecond?: number | null;
  /** Over all seeds, by metric name. Left out: nobody asked for them. */
  estimates?: Readonly<Record<string, Estimate | null>>;
}

interface JudgedRuns {
  readonly runs: readonly RunReport[];
  readonly statistics?: StudyStatistics | undefined;
}

/** The variants of a study with what its statistics say of their queues and figures. */
export function judgedVariants({ runs, statistics }: JudgedRuns): Variant[] {
  return variantsOf(runs).map((variant, i) => {
    const of = statistics?.variants[i];
    if (of === undefined) return variant;
    const { estimates, withheld, growthPerSecond = null } = of;
    const isJudged = withheld !== null || of.saturation !== null;
    return { ...variant, estimates, ...(isJudged ? { unsteady: withheld !== null, growthPerSecond } : {}) };
  });
}

/** Variants in the order in which the study first runs them. */
export function variantsOf(runs: readonly RunReport[]): Variant[] {
  const keys = variantKeys(runs);
  const long = keys.length > 1 && runs.some((run) => variantTitle(run, keys).length > LONG_TITLE);
  const groups = new Map<string, Variant>();
  for (const run of runs) {
    const key = JSON.stringify([run.variantName ?? null, run.variant]);
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else {
      const title = variantTitle(run, keys);
      groups.set(key, { title, chartName: long ? variantTitle(run, keys, true) : title, runs: [run] });
    }
  }
  return [...groups.values()];
}

/** A swept key with more than one value. */
export interface VariantKey {
  key: string;
  /** Short and unique: `GPU`, `TP`, `max_model_len`. */
  header: string;
}

/** Stands for the names of named variants, as if they were the values of one more setting. No path is empty. */
const NAME_KEY: VariantKey = { key: '', header: 'variant' };

/**
 * What the variants differ in, in order of appearance; all swept keys if it is nothing. Where variants have names, those come
 * first, and of the settings only those that a name does not settle.
 */
export function variantKeys(runs: readonly RunReport[]): VariantKey[] {
  const isNamed = runs.some(({ variantName }) => variantName != null);
  const keys = [...new Set(runs.flatMap(({ variant }) => Object.keys(variant)))];
  const varying = keys.filter((key) => (isNamed ? variesWithinName(runs, key) : differ(runs, key)));
  const told = varying.length > 0 || isNamed ? varying : keys;
  const settings = told.map((key) => {
    const short = uniqueEnd(key, told);
    return { key, header: HEADERS[short] ?? short };
  });
  return isNamed ? [NAME_KEY, ...settings] : settings;
}

function differ(runs: readonly RunReport[], key: string): boolean {
  return new Set(runs.map(({ variant }) => JSON.stringify(variant[key]))).size > 1;
}

function variesWithinName(runs: readonly RunReport[], key: string): boolean {
  const names = new Set(runs.map(({ variantName }) => variantName));
  return [...names].some((name) =>
    differ(
      runs.filter(({ variantName }) => variantName === name),
      key,
    ),
  );
}

/** `GPU × TP × max_num_batched_tokens`: what the values in chart names are; empty where the names say so themselves. */
export function chartKeys(variants: readonly Variant[]): string {
  if (variants.every(({ title, chartName }) => title === chartName)) return '';
  return variantKeys(variants.flatMap(({ runs }) => runs))
    .map(({ header }) => header)
    .join(' × ');
}

/** A variant's value of a key in words: `8192`, `h100-sxm`; models without their organisation. */
export function variantValue({ variant, variantName }: RunReport, { key }: VariantKey): string {
  if (key === NAME_KEY.key) return variantName ?? '';
  const value = variant[key];
  if (value === undefined) return '';
  if (typeof value === 'object') return settingText(value);
  if (typeof value !== 'string') return String(value);
  return key.endsWith('model') ? value.slice(value.lastIndexOf('/') + 1) : value;
}

/** Characters beyond which a title is too long for a chart. */
const LONG_TITLE = 32;

/** A run's variant in words, of these keys alone. */
export function variantTitle(run: RunReport, keys: readonly VariantKey[], valuesOnly = false): string {
  const parts = keys.map((key) => {
    const value = variantValue(run, key);
    if (key === NAME_KEY) return value;
    if (SELF_EXPLAINING.has(key.header)) return value;
    if (key.header === 'requests/s') return `${value} requests/s`;
    if (key.header === 'replicas') return `${value} ${value === '1' ? 'replica' : 'replicas'}`;
    return valuesOnly && key.header !== 'TP' ? value : `${key.header} ${value}`;
  });
  // Names may hold signs of their own.
  return parts.length === 0 ? run.title : parts.join(keys[0] === NAME_KEY ? ', ' : ' × ');
}

const HEADERS: Readonly<Record<string, string>> = {
  gpu: 'GPU',
  tensor_parallel_size: 'TP',
  request_rate: 'requests/s',
};
/** Values that nobody takes for something else. */
const SELF_EXPLAINING = new Set(['GPU', 'model', 'quantization', 'router', 'synthetic', 'market']);

/** The shortest end of a dotted key that no other key has. */
function uniqueEnd(key: string, keys: readonly string[]): string {
  const parts = key.split('.');
  for (let length = 1; length < parts.length; length++) {
    const end = parts.slice(-length).join('.');
    if (keys.every((other) => other === key || !`.${other}`.endsWith(`.${end}`))) return end;
  }
  return key;
}

/** `max_num_seqs 8, 16 and 32`; `h100-sxm × TP 4; h200-sxm × TP 4; 3 more`, with `most` of them named. */
export function listedVariants(variants: readonly Variant[], most = 6): string {
  const words = variants.map(({ title }) => title.split(' '));
  const [first] = words;
  if (first !== undefined && words.length > 1 && words.every((each) => each.length === 2)) {
    if (words.every(([name]) => name === first[0])) return `${first[0]} ${listed(words.map(([, value]) => value!))}`;
    if (words.every(([, unit]) => unit === first[1])) return `${listed(words.map(([value]) => value!))} ${first[1]}`;
  }
  const titles = variants.map(({ title }) => title);
  const named = titles.length > most + 1 ? titles.slice(0, most) : titles;
  return [...named, ...(named.length < titles.length ? [`${titles.length - named.length} more`] : [])].join('; ');
}

/**
 * The swept keys in order of appearance with a short name for each: the last part of `deployment.max_model_len`, or
 * the whole key where two would be the same.
 */
export function shortKeys(variants: readonly Record<string, unknown>[]): { key: string; short: string }[] {
  const keys = [...new Set(variants.flatMap((variant) => Object.keys(variant)))];
  const shorts = keys.map((key) => key.slice(key.lastIndexOf('.') + 1));
  return keys.map((key, i) => {
    const unique = shorts.filter((short) => short === shorts[i]).length === 1;
    return { key, short: unique && !TAKEN.has(shorts[i]!) ? shorts[i]! : key };
  });
}

/** Column names that a swept key must not repeat. */
const TAKEN = new Set(['run_id', 'seed', 'request_rate', 'burstiness', 'max_concurrency', 'label']);

/** A setting's value in words: `8`, `chat`, `below 500 cut 0.5; thinking_tokens 500` of a list; null is `none`. */
function settingText(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map(settingText).join(value.some(isMapping) ? '; ' : ', ');
  return isMapping(value) ? mappingText(value) : String(value);
}

/** `ngram k=3`, `hint cut 0.5 ignored_by 0.2`, `spot (profile tight, fallback on_demand)`. */
function mappingText(value: Mapping, separator = ' '): string {
  // The method of speculative decoding names itself.
  const { method, num_speculative_tokens: drafts, ...rest } = value;
  return [
    ...(method === undefined ? [] : [`${method}`]),
    ...(drafts === undefined ? [] : [`k=${drafts}`]),
    ...Object.entries(rest).map(([key, item]) =>
      isMapping(item) ? `${key} (${mappingText(item, ', ')})` : `${key} ${settingText(item)}`.trimEnd(),
    ),
  ].join(separator);
}
