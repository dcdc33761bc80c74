/** Studies of textbook queues: request tables and loads of M/M/1 with one server, as if the simulator had made them. */
import type { ResolvedStudy } from '../../../src/config/resolved.ts';
import { randomStreams } from '../../../src/core/random.ts';
import type { Summary } from '../../../src/metrics/summary.ts';
import { FINISH_CODE, type RequestTable } from '../../../src/record/run-record.ts';
import type { RunReport } from '../../../src/report/study-report.ts';
import type { ReadRequests } from '../../../src/study/statistics/study-variants.ts';
import { type Customers, lindley } from '../../metrics/statistics/lindley.ts';
import { loadOfQueue } from '../../metrics/statistics/queue-load.ts';
import { recordOf, runReport, syntheticRecord } from '../../report/fixture.ts';

/** A service takes one second on average, or a factor of it. */
export const SERVICE_US = 1_000_000;

/** What a test needs of a study. */
export type StudySettings = Pick<ResolvedStudy, 'warm_up' | 'confidence' | 'until' | 'comparisons' | 'not_compared'>;

export const PLAIN: Omit<StudySettings, 'comparisons'> = {
  warm_up: { kind: 'none' },
  confidence: 0.95,
  until: null,
  not_compared: [],
};

/** Every variant against one of them. */
export function against(
  baseline: Record<string, unknown>,
  runs: readonly Pick<RunReport, 'variant'>[],
): Pick<StudySettings, 'comparisons'> {
  const keys = new Set(runs.map(({ variant }) => JSON.stringify(variant)));
  keys.delete(JSON.stringify(baseline));
  return { comparisons: [...keys].map((key) => ({ variant: JSON.parse(key), baseline, same_load: true })) };
}

/** Compared with the first variant, unless `settings` say otherwise. */
export function studyOf(runs: readonly Pick<RunReport, 'variant' | 'seed'>[], settings: Partial<StudySettings> = {}) {
  const study = {
    ...PLAIN,
    ...against(runs[0]?.variant ?? {}, runs),
    ...settings,
    outputs: { requests: 'parquet' },
    runs: runs.map(({ variant, seed }) => ({ variant, seed, slo: [], workload: { classes: [] } })),
  };
  return study as unknown as ResolvedStudy;
}

export interface QueueStudy {
  readonly entries: RunReport[];
  readonly requests: ReadRequests;
}

export interface Queue {
  /** 0 to 1, or above. */
  readonly load: number;
  readonly variant?: Record<string, unknown>;
  /** Services take so many times as long; arrivals are those of the load. */
  readonly slowness?: number;
  /** Customers that wait at first; by default as many as in steady state. */
  readonly initialWait?: number;
  /** Whether the saturation verdict is asked for; by default it is. */
  readonly isJudged?: boolean;
}

/** What tables do not tell is that of any run. */
const ANY: Summary = runReport(syntheticRecord({ requests: 50 })).summary;
const EMPTY = runReport(recordOf([]));

/** Runs of queues with the same seeds, `requests` customers each. */
export function queueStudy(
  queues: readonly Queue[],
  seeds: readonly number[],
  requests: number,
  name = '',
): QueueStudy {
  const tables = new Map<string, RequestTable>();
  const entries = queues.flatMap(({ load, variant = {}, slowness = 1, initialWait, isJudged = true }) =>
    seeds.map((seed): RunReport => {
      const customers = lindley(randomStreams(seed)(`queue${name}`), load, requests, initialWait);
      const runId = `${JSON.stringify(variant)} ${seed}`;
      tables.set(runId, tableOf(customers, slowness));
      return {
        ...EMPTY,
        runId,
        seed,
        variant,
        title: runId,
        summary: { ...ANY, num_prompts: requests },
        load: isJudged ? loadOfQueue(customers) : null,
      };
    }),
  );
  return { entries, requests: async (runId) => tables.get(runId)! };
}

function tableOf({ arrivals, waits, departures }: Customers, slowness: number): RequestTable {
  const count = arrivals.length;
  const us = (seconds: Float64Array) => seconds.map((each) => each * SERVICE_US);
  const arrivalUs = us(arrivals);
  const started = us(arrivals.map((arrival, i) => arrival + waits[i]! * slowness));
  const ended = us(departures.map((departure, i) => arrivals[i]! + (departure - arrivals[i]!) * slowness));
  const counts = (value: number) => new Int32Array(count).fill(value);
  return {
    count,
    arrivalUs,
    queuedUs: arrivalUs,
    scheduledUs: started,
    firstTokenUs: started,
    firstAnswerTokenUs: started,
    lastTokenUs: ended,
    promptTokens: counts(10),
    cachedTokens: counts(0),
    thinkingTokens: counts(0),
    outputTokens: counts(2),
    wantedTokens: counts(2),
    preemptions: counts(0),
    finishReason: new Uint8Array(count).fill(FINISH_CODE.stop),
    replica: new Uint16Array(count),
    class: new Uint16Array(count),
  };
}
