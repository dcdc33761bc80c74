/** Runs whose summaries say just what a test wants them to say. */
import type { Overload } from '../../src/metrics/arrival-window.ts';
import type { Summary } from '../../src/metrics/summary.ts';
import type { Conservation } from '../../src/record/run-record.ts';
import type { RunReport, StudyReport } from '../../src/report/study-report.ts';
import { recordOf, runReport, SLO } from './fixture.ts';

/** One run of 100 requests. */
export function run(
  summary: Partial<Summary>,
  sim: Partial<Summary['sim']> = {},
  rest: Partial<RunReport> = {},
): RunReport {
  const base = runReport(recordOf([]), rest);
  return {
    ...base,
    summary: {
      ...base.summary,
      completed: 100,
      num_prompts: 100,
      request_goodput: 1,
      output_throughput: 500,
      p50_ttft_ms: 100,
      p99_ttft_ms: 900,
      ...summary,
      sim: { ...base.summary.sim, seed: rest.seed ?? 1, ...sim },
    },
  };
}

export const study = (...runs: RunReport[]): StudyReport => ({ name: 'study', question: null, runs });

export function variant(
  values: Record<string, unknown>,
  summary: Partial<Summary>,
  sim: Partial<Summary['sim']>,
  seed = 1,
): RunReport {
  return run(summary, sim, { seed, variant: values, title: JSON.stringify(values) });
}

/** The bounds TTFT p99 <= 2 s and TPOT p99 <= 60 ms with what is judged, and what those that finished got. */
export function judged(
  ttftMs: number,
  tpotMs: number,
  neverServed = 0,
  measured: [number, number] = [ttftMs, tpotMs],
): Partial<Summary['sim']> {
  const values = [ttftMs, tpotMs];
  const slo = SLO.map(({ metric, statistic, limit_us }, i) => ({
    metric,
    statistic,
    limit_ms: limit_us / 1000,
    measured_ms: measured[i]!,
    judged_ms: Number.isFinite(values[i]) ? values[i]! : null,
    requests_never_served: neverServed,
    met: values[i]! <= limit_us / 1000,
  }));
  return { slo, slo_met: slo.every(({ met }) => met), goodput_share: 0.973 };
}

/** Where requests went that were not served. */
export function lost(parts: Partial<Omit<Conservation, 'blocksInUse'>>): Partial<Summary['sim']> {
  const none = { arrived: 100, finished: 0, rejected: 0, aborted: 0, timed_out: 0, lost: 0, waiting: 0, running: 0 };
  return { conservation: { ...none, ...parts, kv_blocks_in_use: 0 } };
}

export const OVERLOAD: Overload = { arrival_rate: 6, completion_rate: 5.3, waiting_first_half: 10, waiting_end: 400 };
