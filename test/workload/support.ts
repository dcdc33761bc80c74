/** Helpers of the workload tests. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { StudySource } from '../../src/config/problems.ts';
import { resolveWorkload } from '../../src/config/resolve-workload.ts';
import type { RequestClass, SyntheticSpec, Workload } from '../../src/config/resolved.ts';
import type { Request, RequestSource } from '../../src/workload/request.ts';

/** A bundled workload, as a study gets it. */
export function bundledWorkload(name: string, settings: Partial<Workload> = {}): Workload {
  const text = readFileSync(new URL(`../../workloads/${name}.yaml`, import.meta.url), 'utf8');
  const raw: unknown = { workload: { synthetic: name } };
  const source: StudySource = { fileName: 'study.yaml', raw, comment: null, locate: () => 'study.yaml:' };
  const context = { bundledWorkloads: { [name]: parse(text) }, traceDigest: () => '' };
  return { ...resolveWorkload(source, { synthetic: name, num_requests: 1000 }, context), ...settings };
}

/** A bundled specification. */
export function bundled(name: string): SyntheticSpec {
  return bundledWorkload(name).spec!;
}

/** A plain specification: Poisson, 100 tokens in, 10 out. */
export const plainSpec: SyntheticSpec = {
  description: 'plain',
  source: 'made up',
  base_rate: 2,
  arrivals: { process: 'poisson' },
  lengths: { input: { constant: 100 }, output: { constant: 10 } },
  thinking_share: null,
  shared_prefix: null,
  prefix_pool: null,
  follow_up: null,
  sessions: null,
};

export function syntheticWorkload(spec: Partial<SyntheticSpec> = {}, settings: Partial<Workload> = {}): Workload {
  return {
    kind: 'synthetic',
    name: 'inline',
    spec: { ...plainSpec, ...spec },
    trace: null,
    request_rate: null,
    num_requests: 1000,
    duration_s: null,
    max_concurrency: null,
    max_sessions: null,
    ignore_eos: false,
    max_tokens: null,
    budget: null,
    runaway: null,
    classes: [],
    long_prompts: 'error',
    ...settings,
  };
}

/** A class that differs from its workload in what is given. */
export function requestClass(name: string, settings: Partial<RequestClass> = {}): RequestClass {
  return { name, share: null, request_rate: null, priority: 0, slo: [], overrides: {}, ...settings };
}

export function traceWorkload(
  trace: Partial<NonNullable<Workload['trace']>> = {},
  settings: Partial<Workload> = {},
): Workload {
  return {
    ...syntheticWorkload(),
    kind: 'trace',
    name: 'trace',
    spec: null,
    trace: {
      path: 'trace',
      sha256: '',
      format: 'auto',
      spread_ms: 0,
      prefix_blocks: null,
      thinking_share: null,
      ...trace,
    },
    num_requests: null,
    ...settings,
  };
}

/** Lines as a reader hands them over, some at a time. */
export async function* batches(lines: readonly string[], size = 7): AsyncGenerator<string[]> {
  for (let i = 0; i < lines.length; i += size) yield lines.slice(i, i + size);
}

export async function collect(source: RequestSource): Promise<Request[]> {
  const requests: Request[] = [];
  for await (const batch of source) requests.push(...batch);
  return requests;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviation(values: readonly number[]): number {
  const m = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
}

export function quantile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))]!;
}

/** Gaps between times, the first from 0. */
export function gaps(times: readonly number[]): number[] {
  return times.map((time, i) => time - (times[i - 1] ?? 0));
}

export function variation(values: readonly number[]): number {
  return deviation(values) / mean(values);
}

/** Index of dispersion of counts: variance over mean of the number of arrivals in windows. Times in µs. */
export function dispersion(timesUs: readonly number[], windowS: number): number {
  const counts = new Array<number>(Math.floor(timesUs.at(-1)! / (windowS * 1e6))).fill(0);
  for (const time of timesUs) {
    const window = Math.floor(time / (windowS * 1e6));
    if (window < counts.length) counts[window]!++;
  }
  return deviation(counts) ** 2 / mean(counts);
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, i) => (value - meanA) * (b[i]! - meanB))) / (deviation(a) * deviation(b));
}

/** Whether a share seen in so many draws fits a chance: within four standard deviations. */
export function fitsChance(seen: number, chance: number, draws: number): boolean {
  return Math.abs(seen - chance) <= 4 * Math.sqrt((chance * (1 - chance)) / draws) + 1e-12;
}
