/** The tables of the page: latencies and load of one run, or a row for each of several. */
import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { Summary } from '../metrics/summary.ts';
import { escapeText } from './chart/svg.ts';
import { count, duration, number, percent } from './format.ts';
import type { RunReport } from './study-report.ts';
import { LONG_NAMES, shortName, thinks, verdictWord } from './wording.ts';

/** Most rows a table shows; the rest is in `summary.csv`. */
const MOST_ROWS = 100;

/** Mean and percentiles of every latency of one run. */
export function latencyTable(summary: Summary): string {
  const metrics = LATENCY_METRICS.filter((metric) => metric !== 'ttfat' || thinks(summary));
  const statistics = ['mean', 'std', 'p50', 'p90', 'p95', 'p99'] as const;
  const value = (metric: LatencyMetric, statistic: (typeof statistics)[number]) =>
    metric === 'ttfat' ? summary.sim[`${statistic}_ttfat_ms`] : summary[`${statistic}_${metric}_ms`];
  return htmlTable(
    ['', ...statistics],
    metrics.map((metric) => [
      `${LONG_NAMES[metric]} (${shortName(metric)})`,
      ...statistics.map((statistic) => duration(value(metric, statistic))),
    ]),
  );
}

/** Label and value. */
type Fact = readonly [label: string, value: string];

/** What the deployment did. */
export function loadFacts(summary: Summary): Fact[] {
  const { sim } = summary;
  return [
    [
      'Throughput',
      `${number(summary.request_throughput)} requests/s, ${number(summary.output_throughput)} output tokens/s, ` +
        `${number(summary.total_token_throughput)} tokens/s with the prompts`,
    ],
    ...when<Fact>(sim.goodput_share !== null, [
      'Goodput',
      `${number(summary.request_goodput)} requests/s; ${percent(sim.goodput_share)} of all requests within every limit`,
    ]),
    [
      'Requests',
      `${count(summary.completed)} finished of ${count(summary.num_prompts)}, at most ${count(summary.max_concurrent_requests)} at a time`,
    ],
    ['Tokens', tokens(summary)],
    ...engineFacts(summary),
  ];
}

function engineFacts({ sim }: Summary): Fact[] {
  return [
    [
      'In the engine',
      `${number(sim.num_requests_running_mean)} running and ${number(sim.num_requests_waiting_mean)} waiting on average`,
    ],
    [
      'Waiting time',
      `${duration(sim.mean_queue_time_ms)} on average, p50 ${duration(sim.p50_queue_time_ms)}, p99 ${duration(sim.p99_queue_time_ms)}`,
    ],
    [
      'KV cache',
      `${percent(sim.kv_cache_usage_mean)} of the blocks in use on average, ${percent(sim.kv_cache_usage_max)} at most`,
    ],
    [
      'Preemptions',
      sim.preemptions === 0 ? 'none' : `${count(sim.preemptions)}, of ${count(sim.preempted_requests)} requests`,
    ],
    ...when<Fact>(sim.prefix_cache_hit_rate !== null, [
      'Prefix cache',
      `${percent(sim.prefix_cache_hit_rate)} of the prompt tokens found`,
    ]),
    [
      'Engine steps',
      `${count(sim.steps)} of ${number(sim.tokens_per_step)} tokens on average; executing ${percent(sim.busy_share)} of the time`,
    ],
    ['Simulated time', duration(sim.simulated_s * 1000)],
  ];
}

function tokens({ total_input_tokens, total_output_tokens, sim }: Summary): string {
  const thinking =
    sim.total_thinking_tokens === 0
      ? ''
      : `, ${percent(sim.total_thinking_tokens / total_output_tokens)} of them thinking`;
  const cut =
    sim.requests_without_answer === 0
      ? ''
      : `; ${count(sim.requests_without_answer)} requests ended before their answer`;
  return `${count(total_input_tokens)} in, ${count(total_output_tokens)} out${thinking}${cut}`;
}

function when<T>(condition: boolean, entry: T): T[] {
  return condition ? [entry] : [];
}

type RunColumn = [header: string, text: (run: RunReport) => string];

/** One row a run. Columns without news (nobody thinks, nothing preempted, no SLO) are left out. */
export function runsTable(runs: readonly RunReport[]): string {
  const some = (holds: (summary: Summary) => boolean) => runs.some(({ summary }) => holds(summary));
  const slo = some(({ sim }) => sim.slo.length > 0);
  const columns: RunColumn[] = [
    ['Run', ({ title }) => title],
    ['Seed', ({ seed }) => String(seed)],
    ['TTFT p50', ({ summary }) => duration(summary.p50_ttft_ms)],
    ['TTFT p99', ({ summary }) => duration(summary.p99_ttft_ms)],
    ...when<RunColumn>(some(thinks), ['TTFAT p99', ({ summary }) => duration(summary.sim.p99_ttfat_ms)]),
    ['TPOT p99', ({ summary }) => duration(summary.p99_tpot_ms)],
    ['E2EL p99', ({ summary }) => duration(summary.p99_e2el_ms)],
    ['Output tokens/s', ({ summary }) => number(summary.output_throughput)],
    ['KV cache max', ({ summary }) => percent(summary.sim.kv_cache_usage_max)],
    ...when<RunColumn>(
      some(({ sim }) => sim.preemptions > 0),
      ['Preemptions', ({ summary }) => count(summary.sim.preemptions)],
    ),
    ...when<RunColumn>(
      some(({ failed }) => failed > 0),
      ['Not served', ({ summary }) => count(summary.failed)],
    ),
    ...when<RunColumn>(
      some(({ sim }) => sim.requests_without_answer > 0),
      ['No answer', ({ summary }) => count(summary.sim.requests_without_answer)],
    ),
    ...when<RunColumn>(slo, ['Goodput', ({ summary }) => percent(summary.sim.goodput_share)]),
  ];
  const shown = runs.slice(0, MOST_ROWS);
  const table = htmlTable(
    [...columns.map(([header]) => header), ...(slo ? ['SLO'] : [])],
    shown.map((run) => columns.map(([, text]) => text(run))),
    slo ? shown.map(({ summary }) => verdictCell(summary.sim.slo_met)) : undefined,
  );
  if (shown.length === runs.length) return table;
  return `${table}<p class="caption">The first ${MOST_ROWS} of ${count(runs.length)} runs; summary.csv has them all.</p>\n`;
}

/** `met` or `missed`, marked. */
export function verdictCell(met: boolean | null): string {
  const word = verdictWord(met);
  return `<span class="${met === null ? 'caption' : word}">${word}</span>`;
}

/** Label and value, for reading rather than comparing. */
export function factsTable(facts: readonly Fact[]): string {
  const rows = facts.map(
    ([label, value]) => `<tr><th scope="row">${escapeText(label)}</th><td>${escapeText(value)}</td></tr>`,
  );
  return `<table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table>\n`;
}

/** `last` holds ready markup for one more cell a row. */
function htmlTable(header: readonly string[], rows: readonly (readonly string[])[], last?: readonly string[]): string {
  const head = header.map((text) => `<th scope="col">${escapeText(text)}</th>`).join('');
  const body = rows.map(([first, ...cells], i) => {
    const extra = last === undefined ? '' : `<td>${last[i]}</td>`;
    return `<tr><th scope="row">${escapeText(first!)}</th>${cells.map((text) => `<td>${escapeText(text)}</td>`).join('')}${extra}</tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>\n`;
}
