/** Searches in tests: studies from text, and runners that simulate in this process or answer by a formula. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResolvedRun } from '../../../src/config/resolved.ts';
import type { Summary } from '../../../src/metrics/summary.ts';
import type { RequestTable } from '../../../src/record/run-record.ts';
import type { RunReport } from '../../../src/report/study-report.ts';
import { type OpenStudy, openStudy } from '../../../src/study/open-study.ts';
import { readLines } from '../../../src/study/read-lines.ts';
import { profileReader } from '../../../src/study/read-profile.ts';
import { runOne } from '../../../src/study/run.ts';
import { runReport } from '../../../src/study/run-report.ts';
import type { Runner } from '../../../src/study/runner.ts';

/** A study file of its own. */
export function studyFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'servesim-tune-')), 'study.yaml');
  writeFileSync(file, text);
  return file;
}

export function opened(text: string, ...set: string[]): OpenStudy {
  return openStudy(studyFile(text), { set });
}

/** A study that resolves the same settings once: what takes time in a search that simulates nothing. */
export function remembering(study: OpenStudy): OpenStudy {
  const known = new Map<string, ReturnType<OpenStudy['withSettings']>>();
  return {
    ...study,
    withSettings: (settings, seeds) => {
      const key = JSON.stringify([settings, seeds]);
      const resolved = known.get(key) ?? study.withSettings(settings, seeds);
      known.set(key, resolved);
      return resolved;
    },
  };
}

/** Simulates one run. */
export async function simulated(study: OpenStudy, run: ResolvedRun) {
  return runOne(run, {
    catalog: study.catalog,
    readLines: (path) => readLines(path, path),
    readProfile: profileReader(study.folder),
  });
}

type TestRunner = Pick<Runner, 'run' | 'requests'>;

/** Simulates in this thread and keeps everything in memory. */
export function memoryRunner(study: OpenStudy): TestRunner {
  const tables = new Map<string, RequestTable | null>();
  return {
    run: async (runs) => {
      const reports: RunReport[] = [];
      for (const run of runs) {
        const result = await simulated(study, run);
        tables.set(run.run_id, result.record.requests);
        reports.push(runReport(study.resolved.name, result));
      }
      return reports;
    },
    requests: async (runId) => tables.get(runId) ?? null,
  };
}

/** The part of a summary that a search reads. */
export interface Figures {
  readonly goodput?: number;
  readonly truncated?: number;
  readonly usdPerHour?: number | null;
  readonly ttftP99Ms?: number;
}

/** Answers by a formula instead of a simulation; `asked` has every run that was asked for. */
export function formulaRunner(
  figuresOf: (run: ResolvedRun) => Figures,
): TestRunner & { readonly asked: ResolvedRun[] } {
  const asked: ResolvedRun[] = [];
  return {
    asked,
    run: async (runs) => {
      asked.push(...runs);
      return runs.map((run) => reportOf(run, figuresOf(run)));
    },
    requests: async () => null,
  };
}

function reportOf(
  run: ResolvedRun,
  { goodput = 1, truncated = 0, usdPerHour = 1, ttftP99Ms = 100 }: Figures,
): RunReport {
  const sim = {
    ...{ goodput_share: goodput, truncated_share: truncated, requests_without_answer: 0, stuck: null, classes: [] },
    conservation: { rejected: 0 },
    ...{ preemptions: 0, num_requests_running_mean: 1, kv_cache_usage_max: 0.5 },
    money: usdPerHour === null ? null : { usd_per_hour: usdPerHour },
    fleet: null,
  };
  const summary = {
    sim,
    p99_ttft_ms: ttftP99Ms,
    p99_e2el_ms: 2 * ttftP99Ms,
    num_prompts: 100,
    completed: 100,
    output_throughput: 10,
  };
  return {
    ...{ runId: run.run_id, seed: run.seed, variant: run.variant, title: run.title, load: null },
    summary: summary as unknown as Summary,
    ...({ curves: {}, configYaml: '', notes: {}, facts: [] } as unknown as Pick<
      RunReport,
      'curves' | 'configYaml' | 'notes' | 'facts'
    >),
  };
}

/** A number from -0.5 to 0.5 that is always the same for a seed and a name. */
export function noise(seed: number, name = 0): number {
  let x = (seed * 2_654_435_761 + name * 40_503 + 1) >>> 0;
  for (let i = 0; i < 3; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
  }
  return x / 2 ** 32 - 0.5;
}
