/**
 * The report for a terminal, in the order in which one asks: the question, the answer, the numbers behind it, what to
 * know before trusting them. Plain text; colour only marks what is also said in words.
 */
import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { Statistic } from '../metrics/latency-fields.ts';
import type { Summary } from '../metrics/summary.ts';
import { answer } from './answer.ts';
import { classColumns, classNote } from './class-table.ts';
import { statisticsSections } from './console-statistics.ts';
import { variantConsoleTables } from './console-variant-tables.ts';
import { fleetLines, poolColumns } from './fleet-table.ts';
import { count, duration, number, percent } from './format.ts';
import { growingRuns, QUEUE_GROWS, queueGrows } from './judged-variant.ts';
import { moneyLines } from './money-lines.ts';
import { collectNotes } from './notes.ts';
import { judgedNote, type RunColumn, runColumns } from './run-columns.ts';
import type { RunReport, StudyReport } from './study-report.ts';
import { hanging, type TextColumn, textTable, wrap } from './table.ts';
import { judgedVariants, type Variant } from './variants.ts';
import {
  arrivalWindowLine,
  boundLine,
  conservationLine,
  shortName,
  speculationLine,
  thinks,
  verdictWord,
} from './wording.ts';

export interface ConsoleOptions {
  /** Width of the terminal in characters. */
  columns: number;
  /** Whether to use ANSI colours. */
  color: boolean;
}

/** Ends with a line end. */
export function consoleReport(study: StudyReport, { columns, color }: ConsoleOptions): string {
  const paint = painter(color);
  const body =
    study.runs.length === 1 ? oneRun(judgedVariants(study)[0]!, columns, paint) : manyRuns(study, columns, paint);
  const sections = [
    [paint('bold', study.name), ...(study.question === null ? [] : wrap(study.question, columns))],
    wrap(answer(study), columns),
    ...body,
    notStarted(study, columns, paint),
    ...notes(study, columns, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

type Style = 'bold' | 'dim' | 'red' | 'green';
type Paint = (style: Style, text: string) => string;
const ANSI: Record<Style, [number, number]> = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] };

/** Colours texts, or leaves them as they are. */
export function painter(color: boolean): Paint {
  return (style, text) => (color ? `\u001b[${ANSI[style][0]}m${text}\u001b[${ANSI[style][1]}m` : text);
}

function notStarted({ notStarted: variants = [] }: StudyReport, width: number, paint: Paint): string[] {
  if (variants.length === 0) return [];
  return [
    paint('bold', 'Does not start'),
    ...variants.flatMap(({ title, reason }) => hanging('- ', `${title}: ${reason}`, width)),
  ];
}

const LABEL_WIDTH = 14;

function oneRun(variant: Variant, width: number, paint: Paint): string[][] {
  const { summary } = variant.runs[0]!;
  const entries = [...loadEntries(summary), ...sloEntries(summary, queueGrows(variant), paint)];
  const conservation: Entry = ['Conservation', conservationLine(summary)];
  return [
    latencyTable(summary, width, paint),
    classLines(summary, width, paint),
    columnLines(poolColumns(summary), width, paint),
    [...entries, conservation].flatMap((entry) => entryLines(entry, width)),
  ];
}

function latencyTable(summary: Summary, width: number, paint: Paint): string[] {
  const statistics: Statistic[] = ['mean', 'p50', 'p90', 'p99'];
  const metrics = LATENCY_METRICS.filter((metric) => metric !== 'ttfat' || thinks(summary));
  const [header, ...rows] = textTable(
    [{ header: ''.padEnd(LABEL_WIDTH - 2), align: 'left' }, ...statistics.map((header) => right(header.padStart(9)))],
    metrics.map((metric) => [shortName(metric), ...statistics.map((each) => duration(latency(summary, metric, each)))]),
    width,
  );
  return [paint('dim', header!), ...rows];
}

function classLines(summary: Summary, width: number, paint: Paint): string[] {
  const lines = columnLines(classColumns(summary), width, paint);
  const note = classNote(summary);
  return note === '' ? lines : [...lines, ...wrap(note, width).map((line) => paint('dim', line))];
}

/** A table whose first column names the rows; nothing without columns. */
function columnLines(columns: readonly RunColumn[], width: number, paint: Paint): string[] {
  if (columns.length === 0) return [];
  const names = columns[0]!.texts;
  const [header, ...rows] = textTable(
    columns,
    names.map((_, row) => columns.map(({ texts }) => texts[row]!)),
    width,
  );
  return [paint('dim', header!), ...rows];
}

function latency(summary: Summary, metric: LatencyMetric, statistic: Statistic): number | null {
  return metric === 'ttfat' ? summary.sim[`${statistic}_ttfat_ms`] : summary[`${statistic}_${metric}_ms`];
}

type Entry = [label: string, text: string];

function loadEntries(summary: Summary): Entry[] {
  const { sim } = summary;
  const goodput: Entry[] =
    sim.goodput_share === null
      ? []
      : [
          [
            'Goodput',
            `${number(summary.request_goodput)} requests/s, ${percent(sim.goodput_share)} of all within the SLO`,
          ],
        ];
  const hits: Entry[] =
    sim.prefix_cache_hit_rate === null
      ? []
      : [['Prefix cache', `${percent(sim.prefix_cache_hit_rate)} of prompt tokens hit`]];
  const speculation = speculationLine(summary);
  const window = arrivalWindowLine(summary);
  return [
    [
      'Throughput',
      `${number(summary.request_throughput)} requests/s, ${number(summary.output_throughput)} output tokens/s` +
        (window === null ? '' : `; ${window}`),
    ],
    ...goodput,
    ['KV cache', `${percent(sim.kv_cache_usage_mean)} in use on average, ${percent(sim.kv_cache_usage_max)} at most`],
    [
      'Queue',
      `${number(sim.num_requests_running_mean)} running, ${number(sim.num_requests_waiting_mean)} waiting on average; ` +
        `waiting time p50 ${duration(sim.p50_queue_time_ms)}, p99 ${duration(sim.p99_queue_time_ms)}`,
    ],
    [
      'Preemptions',
      sim.preemptions === 0 ? 'none' : `${count(sim.preemptions)}, of ${count(sim.preempted_requests)} requests`,
    ],
    ...hits,
    ...(speculation === null ? [] : [['Speculation', speculation] satisfies Entry]),
    ['Engine', `${count(sim.steps)} steps, busy ${percent(sim.busy_share)} of ${duration(sim.simulated_s * 1000)}`],
    ...fleetLines(summary),
    ...moneyLines(summary),
  ];
}

function sloEntries({ sim }: Summary, grows: boolean, paint: Paint): Entry[] {
  return sim.slo.map((verdict, i) => {
    const word = grows ? QUEUE_GROWS : verdictWord(verdict.met);
    const text = `${boundLine(verdict)}: `;
    return [
      i === 0 ? 'SLO' : '',
      text + (word === 'not measured' ? word : paint(word === 'met' ? 'green' : 'red', word)),
    ];
  });
}

function entryLines([label, text]: Entry, width: number): string[] {
  return hanging(label.padEnd(LABEL_WIDTH), text, width);
}

/** Of several seeds the statistics; else one row a run. */
function manyRuns({ runs, statistics }: StudyReport, width: number, paint: Paint): string[][] {
  const variants = judgedVariants({ runs, statistics });
  const stuck = runs.filter(({ summary }) => summary.sim.stuck !== null);
  const figures =
    statistics !== undefined && variants.some((variant) => variant.runs.length > 1)
      ? statisticsSections(statistics, runs, width, paint)
      : runTable(runs, growingRuns(variants), width, paint);
  return [
    ...figures,
    ...variantConsoleTables(variants, width).map(({ title, header: names, rows: lines, notes: below }) => [
      paint('bold', title),
      paint('dim', names),
      ...lines,
      ...below.map((line) => paint('dim', line)),
    ]),
    stuck.flatMap((run) => hanging('Stuck: ', `${run.title}, seed ${run.seed}: ${run.summary.sim.stuck}`, width)),
  ];
}

function runTable(
  runs: readonly RunReport[],
  growing: ReadonlySet<RunReport>,
  width: number,
  paint: Paint,
): string[][] {
  const columns = runColumns(runs, growing);
  const [header, ...rows] = textTable(
    columns,
    runs.map((_, row) => columns.map(({ texts }) => texts[row]!)),
    width,
  );
  const note = judgedNote(runs);
  return [[paint('dim', header!), ...rows], note === '' ? [] : wrap(note, width)];
}

function right(header: string): TextColumn {
  return { header, align: 'right' };
}

function notes(study: StudyReport, width: number, paint: Paint): string[][] {
  return collectNotes(study.runs).map(({ heading, items }) => [
    paint('dim', heading),
    ...items.flatMap((item) => hanging('- ', item, width)),
  ]);
}
