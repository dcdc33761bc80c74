/**
 * The columns of the table with one row a run, for the console and the page: what the runs differ in, what the SLO
 * judges, its verdict, and then the rest in order of interest. Latencies of a column have one unit.
 */
import type { LatencyMetric } from '../metrics/latency.ts';
import type { Summary } from '../metrics/summary.ts';
import { commonDuration, count, NO_VALUE, number, percent } from './format.ts';
import { QUEUE_GROWS } from './judged-variant.ts';
import { usd } from './money-lines.ts';
import type { RunReport } from './study-report.ts';
import { variantKeys, variantValue } from './variants.ts';
import { boundName, shortName, thinks, verdictWord } from './wording.ts';

export interface RunColumn {
  header: string;
  align: 'left' | 'right';
  /** Where there is no room for all columns, those with the lowest rank go first; without one a column stays. */
  rank?: number;
  /** Whether it goes with the others of its rank that say so. */
  together?: boolean;
  /** One text a run. */
  texts: string[];
}

/** The header of the column whose texts are `met`, `missed`, `queue grows` or `not measured`. */
export const VERDICT_HEADER = 'SLO';

/** Columns that tell the runs apart or say something of them; those without news are left out. `growing`: those of variants whose queue grows. */
export function runColumns(runs: readonly RunReport[], growing: ReadonlySet<RunReport>): RunColumn[] {
  const identity = identityColumns(runs);
  const slo = runs.some(({ summary }) => summary.sim.slo.length > 0);
  const judged = slo ? judgedColumns(runs) : [];
  const verdict: RunColumn = {
    header: VERDICT_HEADER,
    align: 'left',
    texts: runs.map((run) => (growing.has(run) ? QUEUE_GROWS : verdictWord(run.summary.sim.slo_met))),
  };
  const shown = new Set(judged.map(({ header }) => header));
  const others = [...latencyColumns(runs, slo).filter(({ header }) => !shown.has(header)), ...loadColumns(runs)];
  return [...identity, ...judged, ...(slo ? [verdict] : []), ...others.filter(hasNews)];
}

/** Whether a column says anything: runs differ in it, or it is not nothing. */
export function hasNews({ texts }: RunColumn): boolean {
  const different = new Set(texts);
  return different.size > 1 || !['0', '0 %', NO_VALUE].some((nothing) => different.has(nothing));
}

/** The swept keys, or the title where nothing is swept; seed and number of GPUs where they vary. */
function identityColumns(runs: readonly RunReport[]): RunColumn[] {
  const keys = variantKeys(runs);
  const names: RunColumn[] =
    keys.length === 0
      ? [{ header: 'run', align: 'left', texts: runs.map(({ title }) => title) }]
      : keys.map((key) => {
          const texts = runs.map((run) => variantValue(run, key));
          const align = texts.every((text) => /^\d/.test(text)) ? 'right' : 'left';
          return { header: key.header, align, texts };
        });
  const varying = [
    column('GPUs', runs, ({ summary }) => count(summary.sim.gpus)),
    column('seed', runs, ({ seed }) => String(seed)),
  ].filter(({ texts }) => new Set(texts).size > 1);
  return [...names, ...varying];
}

/** One column a bound, with the latency as it is judged. */
function judgedColumns(runs: readonly RunReport[]): RunColumn[] {
  const names = [...new Set(runs.flatMap(({ summary }) => summary.sim.slo.map(boundName)))];
  return names.map((name) =>
    latencyColumn(name, runs, ({ sim }) => {
      const verdict = sim.slo.find((bound) => boundName(bound) === name);
      if (verdict === undefined || verdict.met === null) return null;
      return verdict.judged_ms ?? Number.POSITIVE_INFINITY;
    }),
  );
}

/** As `vllm bench serve` has them. Without an SLO, the tails are what one compares. */
function latencyColumns(runs: readonly RunReport[], slo: boolean): RunColumn[] {
  const p99 = (metric: LatencyMetric, rank: number) => ({
    ...latencyColumn(`${shortName(metric)} p99`, runs, (summary) =>
      metric === 'ttfat' ? summary.sim.p99_ttfat_ms : summary[`p99_${metric}_ms`],
    ),
    ...(slo ? { rank } : {}),
  });
  const someThink = runs.some(({ summary }) => thinks(summary));
  return [
    { ...latencyColumn('TTFT p50', runs, ({ p50_ttft_ms }) => p50_ttft_ms), rank: 2 },
    p99('ttft', 3),
    ...(someThink ? [p99('ttfat', 5)] : []),
    p99('tpot', 3),
    { ...p99('e2el', 4), rank: 4 },
  ];
}

function loadColumns(runs: readonly RunReport[]): RunColumn[] {
  return [
    column('goodput', runs, ({ summary }) => percent(summary.sim.goodput_share), 8),
    column('not served', runs, ({ summary }) => share(summary, summary.failed), 9),
    column('no answer', runs, ({ summary }) => share(summary, summary.sim.requests_without_answer), 5),
    column('tokens/draft', runs, ({ summary }) => number(summary.spec_decode_acceptance_length), 7),
    column('tokens/s', runs, ({ summary }) => number(summary.output_throughput), 6),
    column('$/M tokens', runs, ({ summary }) => usd(summary.sim.money?.usd_per_million_output_tokens ?? null), 2),
    column('requests hit', runs, ({ summary }) => count(summary.sim.fleet?.requests_hit ?? 0), 4),
    column('KV max', runs, ({ summary }) => percent(summary.sim.kv_cache_usage_max), 3),
    column('preempted', runs, ({ summary }) => count(summary.sim.preemptions), 1),
  ];
}

function share({ num_prompts }: Summary, requests: number): string {
  return num_prompts === 0 ? NO_VALUE : percent(requests / num_prompts);
}

function column(
  header: string,
  runs: readonly RunReport[],
  text: (run: RunReport) => string,
  rank?: number,
): RunColumn {
  return { header, align: 'right', texts: runs.map(text), ...(rank === undefined ? {} : { rank }) };
}

function latencyColumn(header: string, runs: readonly RunReport[], ms: (summary: Summary) => number | null): RunColumn {
  const values = runs.map(({ summary }) => ms(summary));
  return { header, align: 'right', texts: values.map(commonDuration(values)) };
}

/** What to know of the judged columns; empty where everybody was served. */
export function judgedNote(runs: readonly RunReport[]): string {
  const counted = runs.flatMap(({ summary }) => summary.sim.slo.filter((bound) => bound.requests_never_served > 0));
  if (counted.length === 0) return '';
  const names = [...new Set(counted.map(boundName))].join(', ');
  return `${names}: as the SLO judges them, requests that are not served counting as infinitely late.`;
}
