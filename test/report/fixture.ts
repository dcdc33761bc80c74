/** Made-up runs for the tests of metrics and report: plausible shapes from a small queue model, no engine behind them. */
import { randomStreams } from '../../src/core/random.ts';
import { type RunCurves, runCurves } from '../../src/metrics/curves.ts';
import { type OutcomesOptions, outcomesOf } from '../../src/metrics/outcomes.ts';
import type { SloBound } from '../../src/metrics/slo.ts';
import { type Summary, type SummaryContext, summarize } from '../../src/metrics/summary.ts';
import { ActiveSeconds } from '../../src/record/active-seconds.ts';
import {
  FINISH_REASONS,
  type FinishReason,
  type Histogram,
  keptRequests,
  type RequestTable,
  type RunRecord,
  type Timeline,
} from '../../src/record/run-record.ts';
import type { RunReport, StudyReport } from '../../src/report/study-report.ts';

/** One request by hand; what is left out did not happen. Times in microseconds. */
export interface Row {
  arrivalUs?: number;
  queuedUs?: number;
  scheduledUs?: number;
  firstTokenUs?: number;
  firstAnswerTokenUs?: number;
  lastTokenUs?: number;
  promptTokens?: number;
  cachedTokens?: number;
  thinkingTokens?: number;
  outputTokens?: number;
  /** Left out: as many as there are output tokens. */
  wantedTokens?: number;
  preemptions?: number;
  finish?: FinishReason;
  replica?: number;
  class?: number;
}

export function requestTable(rows: readonly Row[]): RequestTable {
  const times = (key: keyof Row) => Float64Array.from(rows, (row) => (row[key] as number | undefined) ?? Number.NaN);
  const counts = (key: keyof Row) => Int32Array.from(rows, (row) => (row[key] as number | undefined) ?? 0);
  return {
    count: rows.length,
    arrivalUs: times('arrivalUs'),
    queuedUs: times('queuedUs'),
    scheduledUs: times('scheduledUs'),
    firstTokenUs: times('firstTokenUs'),
    firstAnswerTokenUs: times('firstAnswerTokenUs'),
    lastTokenUs: times('lastTokenUs'),
    promptTokens: counts('promptTokens'),
    cachedTokens: counts('cachedTokens'),
    thinkingTokens: counts('thinkingTokens'),
    outputTokens: counts('outputTokens'),
    wantedTokens: Int32Array.from(rows, (row) => row.wantedTokens ?? row.outputTokens ?? 0),
    preemptions: counts('preemptions'),
    finishReason: Uint8Array.from(rows, (row) => FINISH_REASONS.indexOf(row.finish ?? 'unfinished')),
    replica: Uint16Array.from(rows, (row) => row.replica ?? 0),
    class: Uint16Array.from(rows, (row) => row.class ?? 0),
  };
}

export function emptyTimeline(count = 0, intervalUs = 1_000_000): Timeline {
  const zeros = () => new Float64Array(count);
  return {
    count,
    intervalUs,
    running: zeros(),
    waiting: zeros(),
    kvUsage: zeros(),
    kvUsageMax: zeros(),
    promptTokens: zeros(),
    outputTokens: zeros(),
    preemptions: zeros(),
    steps: zeros(),
    accepted: zeros(),
    finished: zeros(),
  };
}

export function histogram(counts: Readonly<Record<number, number>>): Histogram {
  const entries = Object.entries(counts).map(([value, count]) => [Number(value), count] as const);
  entries.sort(([a], [b]) => a - b);
  return {
    valuesUs: Float64Array.from(entries, ([value]) => value),
    counts: Float64Array.from(entries, ([, count]) => count),
  };
}

export function recordOf(
  rows: readonly Row[],
  overrides: Partial<Omit<RunRecord, 'totals'>> & { totals?: Partial<RunRecord['totals']> } = {},
): RunRecord {
  const { totals, ...parts } = overrides;
  const endUs = totals?.endUs ?? Math.max(0, ...rows.map((row) => row.lastTokenUs ?? row.arrivalUs ?? 0));
  const ended = (reason: FinishReason) => rows.filter((row) => (row.finish ?? 'unfinished') === reason).length;
  return {
    requests: requestTable(rows),
    interTokenUs: histogram({}),
    ...parts,
    timeline: withRequests(parts.timeline ?? emptyTimeline(), rows),
    totals: {
      endUs,
      busyUs: 0,
      replicas: 1,
      cores: 1,
      coreUs: endUs * (totals?.cores ?? 1),
      steps: 0,
      stepsRunAhead: 0,
      scheduledTokens: 0,
      preemptions: 0,
      prefixQueryTokens: 0,
      prefixHitTokens: 0,
      peakConcurrency: 0,
      maxOutputTokensPerS: 0,
      mostActiveInOneSecond: mostActive(rows),
      preemptedRequests: rows.filter(({ preemptions = 0 }) => preemptions > 0).length,
      shortestPromptTokens: Math.min(...rows.map(({ promptTokens = 0 }) => promptTokens)),
      span: spanOf(rows),
      stuck: null,
      drafts: null,
      conservation: {
        arrived: rows.length,
        finished: ended('stop') + ended('length'),
        rejected: ended('rejected'),
        aborted: ended('abort'),
        timedOut: ended('timed_out'),
        lost: ended('lost'),
        waiting: ended('unfinished'),
        running: 0,
        blocksInUse: 0,
      },
      ...totals,
    },
  };
}

export function contextOf(overrides: Partial<SummaryContext> = {}): SummaryContext {
  return {
    stepTimes: 'published',
    runId: '0123456789ab',
    seed: 1,
    servesimVersion: '0.1.0',
    vllmVersion: '0.33.0',
    modelId: 'meta-llama/Llama-3.1-8B-Instruct',
    label: null,
    requestRate: 2,
    burstiness: 1,
    maxConcurrency: null,
    gpus: 1,
    ...overrides,
  };
}

/** The summary of a record with a request table. */
export function summaryOf(record: RunRecord, options: Partial<SummaryContext> & OutcomesOptions = {}): Summary {
  const { slo, classes, maxModelLen, mostExact, ...context } = options;
  return summarize(record, outcomes(record, { slo, classes, maxModelLen, mostExact }), contextOf(context));
}

export function curvesOf(record: RunRecord): RunCurves {
  return runCurves(record, outcomes(record));
}

function outcomes(record: RunRecord, options: { [K in keyof OutcomesOptions]?: OutcomesOptions[K] | undefined } = {}) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return outcomesOf(keptRequests(record), Object.fromEntries(given));
}

const isServed = ({ finish }: Row) => finish === 'stop' || finish === 'length';

function withRequests(timeline: Timeline, rows: readonly Row[]): Timeline {
  const count = (series: Float64Array, timeUs: number) => {
    const interval = Math.floor(Math.max(0, timeUs - 1) / timeline.intervalUs);
    if (interval < timeline.count) series[interval]!++;
  };
  for (const row of rows) {
    if (row.finish !== 'rejected') count(timeline.accepted, row.arrivalUs!);
    if (isServed(row)) count(timeline.finished, row.lastTokenUs!);
  }
  return timeline;
}

function mostActive(rows: readonly Row[]): number {
  const seconds = new ActiveSeconds();
  for (const [id, { arrivalUs }] of rows.entries()) seconds.arrived(id, arrivalUs!);
  for (const [id, row] of rows.entries()) if (isServed(row)) seconds.finished(id, row.arrivalUs!, row.lastTokenUs!);
  return seconds.most;
}

function spanOf(rows: readonly Row[]): RunRecord['totals']['span'] {
  const lastTokens = rows.flatMap(({ lastTokenUs }) => (lastTokenUs === undefined ? [] : [lastTokenUs]));
  const lastArrivalUs = rows.at(-1)?.arrivalUs ?? Number.NaN;
  return {
    firstArrivalUs: rows[0]?.arrivalUs ?? Number.NaN,
    lastArrivalUs,
    lastTokenUs: lastTokens.length === 0 ? Number.NaN : Math.max(...lastTokens),
    finishedByLastArrival: rows.filter((row) => isServed(row) && row.lastTokenUs! <= lastArrivalUs).length,
  };
}

export interface SyntheticOptions {
  seed?: number;
  requests?: number;
  /** Requests/s. */
  rate?: number;
  /** Requests that run at a time; fewer make a queue. */
  places?: number;
  thinking?: boolean;
  /** Share of requests that are refused. */
  refused?: number;
}

/** A queue with `places` servers: log-normal lengths, steps that slow down with the load. */
export function syntheticRecord(options: SyntheticOptions = {}): RunRecord {
  const { seed = 1, requests = 400, rate = 2, places = 24, thinking = false, refused = 0 } = options;
  const random = randomStreams(seed)('fixture');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const free = new Array<number>(places).fill(0);
  const rows: Row[] = [];
  const gaps = new Map<number, number>();
  let nowUs = 0;
  for (let i = 0; i < requests; i++) {
    nowUs += Math.round((-Math.log(1 - random()) / rate) * 1e6);
    const promptTokens = Math.max(8, Math.round(Math.exp(6 + 0.9 * normal())));
    if (random() < refused) {
      rows.push({ arrivalUs: nowUs, promptTokens, finish: 'rejected' });
      continue;
    }
    const place = free.indexOf(Math.min(...free));
    const scheduledUs = Math.max(nowUs + 5000, free[place]!);
    const busy = free.filter((until) => until > scheduledUs).length;
    const gapUs = Math.round(11_000 + 500 * busy + 3000 * random());
    const outputTokens = Math.max(2, Math.round(Math.exp((thinking ? 6.4 : 5) + 0.7 * normal())));
    const thinkingTokens = thinking ? Math.floor(outputTokens * 0.8) : 0;
    const firstTokenUs = scheduledUs + 15_000 + promptTokens * 90;
    const lastTokenUs = firstTokenUs + gapUs * (outputTokens - 1);
    gaps.set(gapUs, (gaps.get(gapUs) ?? 0) + outputTokens - 1);
    free[place] = lastTokenUs;
    rows.push({
      arrivalUs: nowUs,
      queuedUs: nowUs + 5000,
      scheduledUs,
      firstTokenUs,
      firstAnswerTokenUs: firstTokenUs + gapUs * thinkingTokens,
      lastTokenUs,
      promptTokens,
      cachedTokens: Math.floor((promptTokens * random()) / 32) * 16,
      thinkingTokens,
      outputTokens,
      preemptions: busy === places - 1 && random() < 0.05 ? 1 : 0,
      finish: random() < 0.9 ? 'stop' : 'length',
    });
  }
  return withTimeline(rows, gaps, places);
}

function withTimeline(rows: readonly Row[], gaps: ReadonlyMap<number, number>, places: number): RunRecord {
  const endUs = Math.max(...rows.map((row) => row.lastTokenUs ?? 0));
  const intervalUs = 1_000_000;
  const timeline = emptyTimeline(Math.ceil(endUs / intervalUs), intervalUs);
  const during = (fromUs: number, toUs: number, each: (interval: number, share: number) => void) => {
    for (let i = Math.floor(fromUs / intervalUs); i * intervalUs < toUs; i++) {
      each(i, (Math.min(toUs, (i + 1) * intervalUs) - Math.max(fromUs, i * intervalUs)) / intervalUs);
    }
  };
  for (const row of rows) {
    if (row.lastTokenUs === undefined) continue;
    during(row.queuedUs!, row.scheduledUs!, (i, share) => {
      timeline.waiting[i]! += share;
    });
    during(row.scheduledUs!, row.lastTokenUs, (i, share) => {
      timeline.running[i]! += share;
      timeline.outputTokens[i]! += (share * intervalUs * row.outputTokens!) / (row.lastTokenUs! - row.scheduledUs!);
    });
    timeline.promptTokens[Math.floor(row.scheduledUs! / intervalUs)]! += row.promptTokens!;
    timeline.preemptions[Math.floor(row.scheduledUs! / intervalUs)]! += row.preemptions!;
  }
  for (let i = 0; i < timeline.count; i++) {
    timeline.kvUsage[i] = Math.min(0.97, (timeline.running[i]! / places) * (0.8 + 0.15 * Math.sin(i / 7)));
    timeline.kvUsageMax[i] = Math.min(1, timeline.kvUsage[i]! * 1.12);
    timeline.steps[i] = timeline.running[i]! > 0 ? 60 : 0;
  }
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return recordOf(rows, {
    timeline,
    interTokenUs: histogram(Object.fromEntries(gaps)),
    totals: {
      endUs,
      busyUs: Math.round(endUs * 0.8),
      steps: sum(timeline.steps),
      stepsRunAhead: 0,
      scheduledTokens: sum(timeline.steps) * 20,
      preemptions: sum(timeline.preemptions),
      prefixQueryTokens: sum(rows.map((row) => row.promptTokens ?? 0)),
      prefixHitTokens: sum(rows.map((row) => row.cachedTokens ?? 0)),
      peakConcurrency: places,
      maxOutputTokensPerS: 0,
    },
  });
}

export const SLO: readonly SloBound[] = [
  { metric: 'ttft', statistic: 'p99', limit_us: 2_000_000 },
  { metric: 'tpot', statistic: 'p99', limit_us: 60_000 },
];

export function runReport(
  record: RunRecord,
  overrides: Partial<RunReport> & { slo?: readonly SloBound[] } = {},
): RunReport {
  const { slo = [], ...rest } = overrides;
  const runId = rest.runId ?? '0123456789ab';
  return {
    runId,
    seed: 1,
    variant: {},
    title: 'made-up study',
    summary: summaryOf(record, { runId, seed: rest.seed ?? 1, slo }),
    curves: curvesOf(record),
    configYaml: `deployment:\n  model: meta-llama/Llama-3.1-8B-Instruct\n  engine:\n    max_model_len: 32768\nseed: ${rest.seed ?? 1}\n`,
    notes: {
      estimates: ['step times of the L40S are derived from its peak rates, not measured'],
      not_modelled: ['time to load weights'],
      no_effect: ['--served-model-name'],
    },
    facts: [
      { label: 'Model', value: 'meta-llama/Llama-3.1-8B-Instruct, bfloat16' },
      { label: 'GPU', value: '1 × H100 SXM' },
      { label: 'KV cache', value: '26,123 blocks of 16 tokens, 51.0 GiB' },
    ],
    ...rest,
  };
}

/** Places in the queue as the swept quantity, with these seeds each. */
export function sweepStudy(
  places: readonly number[],
  seeds: readonly number[],
  slo: readonly SloBound[] = SLO,
): StudyReport {
  return {
    name: 'made-up-sweep',
    question: 'How many requests should the engine run at a time?',
    runs: places.flatMap((each) =>
      seeds.map((seed) =>
        runReport(syntheticRecord({ seed, places: each, thinking: true, rate: 1.2 }), {
          runId: `${String(each).padStart(6, '0')}${String(seed).padStart(6, '0')}`,
          seed,
          variant: { 'deployment.max_num_seqs': each },
          title: `max_num_seqs ${each}`,
          configYaml: `deployment:\n  engine:\n    max_num_seqs: ${each}\nseed: ${seed}\n`,
          facts: [
            { label: 'Model', value: 'meta-llama/Llama-3.1-8B-Instruct, bfloat16' },
            { label: 'Largest batch', value: `${each} requests` },
          ],
          slo,
        }),
      ),
    ),
  };
}

export function singleStudy(options: SyntheticOptions = {}, slo: readonly SloBound[] = SLO): StudyReport {
  return {
    name: 'made-up-study',
    question: 'Does one H100 serve two requests a second within two seconds to the first token?',
    runs: [runReport(syntheticRecord(options), { slo })],
  };
}
