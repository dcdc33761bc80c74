/** The tables of the page: latencies and load of one run, or a row for each of several. */

import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { Statistic } from '../metrics/latency-fields.ts';
import type { Summary } from '../metrics/summary.ts';
import { escapeText } from './chart/svg.ts';
import { fleetLines } from './fleet-table.ts';
import { count, duration, NO_VALUE, number, percent } from './format.ts';
import { type Fact, factsTable, type HtmlColumn, htmlTable, LONG_NAME } from './html-table.ts';
import { growingRuns } from './judged-variant.ts';
import { moneyLines } from './money-lines.ts';
import { judgedNote, type RunColumn, runColumns, VERDICT_HEADER } from './run-columns.ts';
import type { RunReport } from './study-report.ts';
import { fittingColumns } from './table.ts';
import type { Variant } from './variants.ts';
import { verdictClass } from './verdict-text.ts';
import { arrivalWindowLine, LONG_NAMES, shortName, speculationLine, thinks } from './wording.ts';

/** Most rows a table shows; the rest is in `summary.csv`. */
const MOST_ROWS = 100;

/** Mean and percentiles of every latency of one run; on a phone the ones that people quote first. */
export function latencyTable(summary: Summary): string {
  const metrics = LATENCY_METRICS.filter((metric) => metric !== 'ttfat' || thinks(summary));
  const value = (metric: LatencyMetric, statistic: Statistic) =>
    metric === 'ttfat' ? summary.sim[`${statistic}_ttfat_ms`] : summary[`${statistic}_${metric}_ms`];
  const statistic = (header: Statistic, wideOnly: boolean): HtmlColumn => ({
    header,
    align: 'right',
    texts: metrics.map((metric) => duration(value(metric, header))),
    wideOnly,
  });
  const names = metrics.map((metric) => `${LONG_NAMES[metric]} (${shortName(metric)})`);
  return htmlTable([
    { header: '', align: 'left', texts: names, wraps: true },
    statistic('mean', false),
    statistic('p50', false),
    statistic('p90', true),
    statistic('p95', true),
    statistic('p99', false),
  ]);
}

/** What the deployment did. */
export function loadFacts(summary: Summary): Fact[] {
  const { sim } = summary;
  const window = arrivalWindowLine(summary);
  return [
    [
      'Throughput',
      `${number(summary.request_throughput)} requests/s, ${number(summary.output_throughput)} output tokens/s, ` +
        `${number(summary.total_token_throughput)} tokens/s with the prompts${window === null ? '' : `; ${window}`}`,
    ],
    ...when<Fact>(sim.goodput_share !== null, [
      'Goodput',
      `${number(summary.request_goodput)} requests/s; ${percent(sim.goodput_share)} of all requests within every limit`,
    ]),
    [
      'Requests',
      `${count(summary.completed)} finished of ${count(summary.num_prompts)}, at most ${count(sim.peak_concurrency)} at a time`,
    ],
    ['Tokens', tokens(summary)],
    ...engineFacts(summary),
    ...speculationFacts(summary),
    ...fleetLines(summary),
    ...moneyLines(summary),
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

function speculationFacts(summary: Summary): Fact[] {
  const line = speculationLine(summary);
  return line === null ? [] : [['Speculation', line]];
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
  const truncated =
    sim.truncated === 0
      ? ''
      : `; ${count(sim.truncated)} answers cut short, ${count(sim.useful_output_tokens)} tokens in whole ones`;
  return `${count(total_input_tokens)} in, ${count(total_output_tokens)} out${thinking}${truncated}${cut}`;
}

function when<T>(condition: boolean, entry: T): T[] {
  return condition ? [entry] : [];
}

/** Characters of a table that a wide page shows without scrolling. */
const PAGE_WIDTH = 122;

/** In characters; headers may break at spaces. */
function columnWidth({ header, texts }: RunColumn): number {
  return Math.max(...header.split(' ').map((word) => word.length), ...texts.map((text) => text.length));
}

const REPORT_HEADER = 'report';
/** Characters of a run's id that tell it from the others on a page. */
const ID_LENGTH = 6;

function reportColumn(runs: readonly RunReport[]): RunColumn {
  return { header: REPORT_HEADER, align: 'left', texts: runs.map(({ runId }) => runId.slice(0, ID_LENGTH)) };
}

/** One row a run, with as many columns as the page has room for; summary.csv has them all. Each links to its run's own report. */
export function runsTable(runs: readonly RunReport[], variants: readonly Variant[]): string {
  const shown = runs.slice(0, MOST_ROWS);
  const all: RunColumn[] = [...runColumns(shown, growingRuns(variants)), reportColumn(shown)];
  const kept = fittingColumns(all, all.map(columnWidth), PAGE_WIDTH);
  const columns = all
    .filter((_, i) => kept.has(i))
    .map(({ header, align, texts }): HtmlColumn => {
      const verdict = header === VERDICT_HEADER;
      const wraps = texts.some((text) => text.length > LONG_NAME);
      return {
        ...{ header, align, texts, wraps },
        ...(verdict ? { classOf: verdictClass } : {}),
        ...(header === REPORT_HEADER ? { links: shown.map(({ runId }) => `runs/${runId}/report.html`) } : {}),
      };
    });
  const notes = [
    judgedNote(shown),
    shown.length < runs.length ? `The first ${MOST_ROWS} of ${count(runs.length)} runs; summary.csv has them all.` : '',
  ].filter((note) => note !== '');
  return htmlTable(columns) + notes.map((note) => `<p class="caption">${escapeText(note)}</p>\n`).join('');
}

/** What was simulated: the facts that all runs share, then one row a variant with those in which they differ. */
export function simulatedFacts(variants: readonly Variant[]): string {
  const runs = variants.flatMap((variant) => variant.runs);
  const labels = [...new Set(runs.flatMap(({ facts }) => facts.map(({ label }) => label)))];
  const differing = labels.filter((label) => new Set(runs.map((run) => factOf(run, label))).size > 1);
  const common = labels.filter((label) => !differing.includes(label));
  const shared = factsTable(common.map((label): Fact => [label, factOf(runs[0]!, label)]));
  if (differing.length === 0) return shared;
  const shown = variants.slice(0, MOST_ROWS);
  const rest = variants.length - shown.length;
  const table = htmlTable([
    { header: 'Variant', align: 'left', texts: shown.map(({ title }) => title) },
    ...differing.map(
      (header): HtmlColumn => ({
        header,
        align: 'left',
        texts: shown.map(({ runs: [first] }) => factOf(first!, header)),
        wraps: true,
      }),
    ),
  ]);
  return `${shared}${table}${rest === 0 ? '' : `<p class="caption">And ${count(rest)} more variants; see the folders of their runs.</p>\n`}`;
}

/** Several facts with one label, such as those of a trace, read one after the other. */
function factOf({ facts }: RunReport, label: string): string {
  const values = facts.filter((fact) => fact.label === label).map(({ value }) => value);
  return values.length === 0 ? NO_VALUE : values.join(' · ');
}
