/** The table with one row a class of requests, for the console and the page. Latencies of a column have one unit. */
import type { ClassSummary } from '../metrics/class-summary.ts';
import type { Summary } from '../metrics/summary.ts';
import { escapeText } from './chart/svg.ts';
import { commonDuration, count, NO_VALUE, percent } from './format.ts';
import { htmlTable } from './html-table.ts';
import type { RunColumn } from './run-columns.ts';
import { thinks, verdictWord } from './wording.ts';

/** Empty without classes. */
export function classColumns(summary: Summary): RunColumn[] {
  const { classes } = summary.sim;
  if (classes.length === 0) return [];
  const column = (header: string, text: (each: ClassSummary) => string, rank?: number): RunColumn => ({
    ...{ header, align: 'right', texts: classes.map(text) },
    ...(rank === undefined ? {} : { rank }),
  });
  const latency = (header: string, ms: (each: ClassSummary) => number | null, rank?: number): RunColumn => {
    const values = classes.map(ms);
    const texts = values.map(commonDuration(values));
    return { header, align: 'right', texts, ...(rank === undefined ? {} : { rank }) };
  };
  const judged = classes.some(({ slo }) => slo.length > 0);
  return [
    { header: 'class', align: 'left', texts: classes.map(({ name }) => name) },
    column('requests', ({ requests }) => count(requests), 6),
    column('not served', ({ requests, finished }) => share(requests - finished, requests), 7),
    column('cut short', ({ truncated, finished }) => share(truncated, finished), 5),
    latency('TTFT p50', ({ p50_ttft_ms }) => p50_ttft_ms, 2),
    latency('TTFT p99', ({ p99_ttft_ms }) => p99_ttft_ms),
    ...(thinks(summary) ? [latency('TTFAT p99', ({ p99_ttfat_ms }) => p99_ttfat_ms, 4)] : []),
    latency('TPOT p99', ({ p99_tpot_ms }) => p99_tpot_ms, 3),
    latency('E2EL p99', ({ p99_e2el_ms }) => p99_e2el_ms, 3),
    ...(judged
      ? [
          column('goodput', ({ goodput_share }) => percent(goodput_share)),
          column('SLO', ({ slo_met }) => verdictWord(slo_met)),
        ]
      : []),
  ];
}

/** What its percentiles are of, where the SLO judges others. */
export const FINISHED_NOTE = 'Percentiles are of finished requests.';
export const SLO_NOTE = 'The SLO counts those not served as infinitely late.';

/** What to know of the table, below it; empty without classes. */
export function classNote({ sim: { classes } }: Summary): string {
  if (classes.length === 0) return '';
  return classes.some(({ slo }) => slo.length > 0) ? `${FINISHED_NOTE} ${SLO_NOTE}` : FINISHED_NOTE;
}

/** The same on the page; nothing without classes. */
export function classTable(summary: Summary): string {
  const columns = classColumns(summary);
  if (columns.length === 0) return '';
  const table = htmlTable(
    columns.map(({ rank, ...column }) => ({ ...column, wideOnly: rank !== undefined && rank < 5 })),
  );
  return `${table}<p class="caption">${escapeText(classNote(summary))}</p>\n`;
}

function share(part: number, all: number): string {
  return all === 0 ? NO_VALUE : percent(part / all);
}
