/** The benchmark's figures as tables, for a terminal or for Markdown. */
import { count, NO_VALUE, number, percent } from '../../src/report/format.ts';
import { type TextColumn, textTable } from '../../src/report/table.ts';
import { PEERS, verdict } from './bars.ts';
import {
  type BenchFile,
  isMeasured,
  type Measurement,
  type Series,
  usPerRequest,
  usPerStep,
  usPerToken,
} from './bench-file.ts';
import { fitPowerLaw, spread } from './power-law.ts';
import { WORKLOADS } from './workloads.ts';

export interface Table {
  readonly title: string;
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly string[])[];
  /** Said below the table. */
  readonly notes: readonly string[];
}

export const left = (header: string): TextColumn => ({ header, align: 'left' });
export const right = (header: string): TextColumn => ({ header, align: 'right' });

/** Every table of a benchmark that has figures for it. */
export function benchTables(bench: BenchFile): Table[] {
  const tables = [
    startUpTable(bench),
    workloadTable(bench),
    ...bench.series.map((series) => seriesTable(bench, series)),
  ];
  if (bench.workloads.some((result) => result.name === 'chat-100k' && isMeasured(result)))
    tables.push(peerTable(bench));
  return tables.filter(({ rows }) => rows.length > 0);
}

function startUpTable(bench: BenchFile): Table {
  const { empty_run_cpu_s, version_cpu_s, check_cpu_s } = bench.start_up;
  const row = (command: string, cpuS: number, bar: string) => [command, number(cpuS), verdict(bench, bar)];
  return {
    title: 'Start-up',
    columns: [left('command'), right('CPU s'), left('bar')],
    rows: [
      row('servesim --version', version_cpu_s, 'version'),
      row('servesim check STUDY', check_cpu_s, 'check'),
      row('servesim run STUDY, one request of one token (the empty run)', empty_run_cpu_s, ''),
    ],
    notes: [`Measured: ${bench.commit} with Node ${bench.node} on ${bench.cores} cores of ${bench.cpu}.`],
  };
}

function workloadTable(bench: BenchFile): Table {
  const figures = (result: Measurement) => [
    number(result.cpu_s),
    number(usPerToken(result)),
    count(Math.round(result.requests / result.cpu_s)),
    megabytes(result.peak_rss_bytes),
    count(result.output_tokens),
    count(result.steps),
    count(result.steps_walked),
    number(result.running_mean),
    count(result.preemptions),
    percent(result.prefix_cache_hit_rate),
  ];
  const headers = ['CPU s', 'µs/token', 'requests/CPU s', 'peak MB', 'output tokens', 'steps', 'walked'];
  const load = ['running', 'preempted', 'prefix hits'];
  return {
    title: 'Workloads',
    columns: [left('workload'), ...[...headers, ...load].map(right), left('bar')],
    rows: bench.workloads.map((result) => [
      result.name,
      ...(isMeasured(result)
        ? figures(result)
        : [result.failed, ...[...headers, ...load].slice(1).map(() => NO_VALUE)]),
      verdict(bench, result.name),
    ]),
    notes: [
      'CPU s: of the whole process, less the empty run. Steps walked: those for which the batch was gone through.',
      ...bench.workloads.flatMap(({ name }) => {
        const workload = WORKLOADS.find((candidate) => candidate.name === name);
        return workload === undefined ? [] : [`${name}: ${workload.shows}.`];
      }),
    ],
  };
}

const SERIES_WORDS = {
  'output-length': { title: 'Cost against output length', x: 'mean output tokens', letter: 'tokens' },
  'batch-size': { title: 'Cost against batch size', x: 'requests in flight', letter: 'batch' },
} as const;

function seriesTable(bench: BenchFile, series: Series): Table {
  const { title, x, letter } = SERIES_WORDS[series.name];
  const law = (cost: (point: Measurement) => number) =>
    `${letter}^${fitPowerLaw(series.points.map((point) => [point.x, cost(point)])).exponent.toFixed(2)}`;
  const fitted =
    series.points.length < 2 ? [] : [['grows as', '', law(usPerRequest), law(usPerToken), law(usPerStep), '', '', '']];
  const flatness = number(spread(series.points.map(usPerRequest)));
  return {
    title,
    columns: [x, 'running', 'µs/request', 'µs/token', 'µs/step', 'steps', 'walked', 'peak MB'].map(right),
    rows: [
      ...series.points.map((point) => [
        count(point.x),
        number(point.running_mean),
        number(usPerRequest(point)),
        number(usPerToken(point)),
        number(usPerStep(point)),
        count(point.steps),
        count(point.steps_walked),
        megabytes(point.peak_rss_bytes),
      ]),
      ...fitted,
    ],
    notes: [`Time a request: ${flatness} × between extremes (${verdict(bench, series.name)}).`],
  };
}

function peerTable(bench: BenchFile): Table {
  const chat = bench.workloads.find(({ name }) => name === 'chat-100k') as Measurement;
  const own = usPerToken(chat);
  const between = ([least, most]: readonly [number, number], digits: (value: number) => string) =>
    least === most ? digits(least) : `${digits(least)}–${digits(most)}`;
  return {
    title: 'chat-100k beside others',
    columns: [left('program'), right('µs/token'), right('× ours'), left('basis')],
    rows: [
      ['servesim', number(own), '1', 'this benchmark'],
      ...PEERS.map(({ program, usPerToken: [least, most], basis }) => [
        program,
        between([least, most], number),
        between([least / own, most / own], number),
        basis,
      ]),
    ],
    notes: [
      'Figures of others come from other machines and workloads, gathered when the bars were set: orders of magnitude, not measured here.',
    ],
  };
}

function megabytes(bytes: number): string {
  return count(Math.round(bytes / 1e6));
}

/** Aligned text. */
export function asText({ title, columns, rows, notes }: Table): string {
  return [title, ...textTable(columns, rows, Number.POSITIVE_INFINITY), ...notes.map((note) => `  ${note}`)].join('\n');
}

/** A Markdown table under a heading; notes follow as a list. */
export function asMarkdown({ title, columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  const table = [columns.map(({ header }) => header), rule, ...rows].map(line).join('\n');
  return [`### ${title}`, table, ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')])].join(
    '\n\n',
  );
}
