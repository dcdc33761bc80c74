/** The JSON of a benchmark (`--json`), with which commits are compared. Times and memory are those of whole processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { InputError } from '../../src/core/input-error.ts';

/** What one simulation took. */
export interface Measurement {
  readonly name: string;
  /** Seconds beyond those of an empty run. */
  readonly cpu_s: number;
  readonly peak_rss_bytes: number;
  /** Finished requests and their output tokens. */
  readonly requests: number;
  readonly output_tokens: number;
  readonly steps: number;
  /** Steps for which the scheduler went through its batch; fewer than `steps` where several were taken at once. */
  readonly steps_walked: number;
  readonly running_mean: number;
  readonly preemptions: number;
  /** Of the looked-up prompt tokens; null where none were. */
  readonly prefix_cache_hit_rate: number | null;
}

export interface FailedMeasurement {
  readonly name: string;
  /** What happened. */
  readonly failed: string;
}

export type WorkloadResult = Measurement | FailedMeasurement;

export interface SeriesPoint extends Measurement {
  /** What the series varies: mean output tokens, or requests in flight. */
  readonly x: number;
}

export interface Series {
  readonly name: SeriesName;
  readonly points: readonly SeriesPoint[];
}

export type SeriesName = 'output-length' | 'batch-size';

/** CPU seconds, the median of several processes each. */
export interface StartUp {
  /** A run of one request with one token. */
  readonly empty_run_cpu_s: number;
  /** `servesim --version`. */
  readonly version_cpu_s: number;
  /** `servesim check` of a study. */
  readonly check_cpu_s: number;
}

export interface BenchFile {
  readonly format: typeof FORMAT;
  /** What was measured and on what. */
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly start_up: StartUp;
  readonly workloads: readonly WorkloadResult[];
  readonly series: readonly Series[];
}

export const FORMAT = 'servesim-bench-1';

export function isMeasured(result: WorkloadResult): result is Measurement {
  return !('failed' in result);
}

/** Microseconds of CPU an output token. */
export function usPerToken({ cpu_s, output_tokens }: Measurement): number {
  return (cpu_s / output_tokens) * 1e6;
}

/** Microseconds of CPU a request. */
export function usPerRequest({ cpu_s, requests }: Measurement): number {
  return (cpu_s / requests) * 1e6;
}

/** Microseconds of CPU a simulated step. */
export function usPerStep({ cpu_s, steps }: Measurement): number {
  return (cpu_s / steps) * 1e6;
}

/** Reads what `--json` wrote. */
export function readBenchFile(file: string): BenchFile {
  let content: Partial<BenchFile> | null;
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as Partial<BenchFile> | null;
  } catch (error) {
    throw new InputError(`${file}: ${(error as Error).message}. Expected a file written by npm run bench -- --json.`);
  }
  if (content?.format !== FORMAT)
    throw new InputError(`${file}: expected a file written by npm run bench -- --json, of the format ${FORMAT}.`);
  return content as BenchFile;
}

export function writeBenchFile(file: string, bench: BenchFile): void {
  writeFileSync(file, `${JSON.stringify(bench, null, 2)}\n`);
}
