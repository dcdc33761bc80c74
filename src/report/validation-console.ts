/** A validation for a terminal: the answer, the error table, what was compared, what the simulation rests on. */
import { formatCount } from '../core/units.ts';
import { COMPARED_METRICS } from '../metrics/error-table.ts';
import { type ConsoleOptions, painter } from './console.ts';
import { commonDuration, count, duration, plural } from './format.ts';
import { collectNotes } from './notes.ts';
import { hanging, type TextColumn, textTable, wrap } from './table.ts';
import {
  cellName,
  fileName,
  metricName,
  peerError,
  plainPercent,
  signedPercent,
  type ValidationReport,
  validationAnswer,
} from './validation.ts';

const LABEL_WIDTH = 14;
/** Dropped requests that are named one by one. */
const MOST_NAMED = 3;

/** Ends with a line end. */
export function validationConsole(report: ValidationReport, { columns, color }: ConsoleOptions): string {
  const paint = painter(color);
  const sections = [
    [paint('bold', report.name), ...(report.question === null ? [] : wrap(report.question, columns))],
    wrap(validationAnswer(report), columns),
    errorTable(report, columns, (text) => paint('dim', text)),
    entries(report).flatMap(([label, text]) => hanging(label.padEnd(LABEL_WIDTH), text, columns)),
    ...collectNotes([report.run]).map(({ heading, items }) => [
      paint('dim', heading),
      ...items.flatMap((item) => hanging('- ', item, columns)),
    ]),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function errorTable(report: ValidationReport, width: number, dim: (text: string) => string): string[] {
  const { cells } = report.errors;
  const inUnit = Object.fromEntries(
    COMPARED_METRICS.map((metric) => {
      const own = cells.filter((cell) => cell.metric === metric);
      return [metric, commonDuration(own.flatMap(({ measuredMs, simulatedMs }) => [measuredMs, simulatedMs]))];
    }),
  );
  const header = (text: string): TextColumn => ({ header: text, align: 'right' });
  const peer = report.peer === null ? [] : [header('peer error')];
  const [head, ...rows] = textTable(
    [
      { header: ''.padEnd(LABEL_WIDTH - 2), align: 'left' },
      header('measured'),
      header('simulated'),
      header('error'),
      ...peer,
    ],
    cells.map((cell) => [
      cellName(cell),
      inUnit[cell.metric]!(cell.measuredMs),
      inUnit[cell.metric]!(cell.simulatedMs),
      signedPercent(cell.errorPercent),
      ...(report.peer === null ? [] : [signedPercent(peerError(report, cell))]),
    ]),
    width,
  );
  const lines = cells.map((cell, i) => (i > 0 && cell.metric !== cells[i - 1]!.metric ? ['', rows[i]!] : [rows[i]!]));
  return [dim(head!), ...lines.flat()];
}

type Entry = readonly [label: string, text: string];

/** What was compared, in words. */
export function entries(report: ValidationReport): Entry[] {
  const { measured, errors, peer, reference } = report;
  const { requests, promptTokens, outputTokens, arrivalsS, spanS } = measured;
  return [
    [
      'Measured',
      `${measured.file} (${measured.format}): ${plural(requests, 'request')} in ${duration(arrivalsS * 1e3)}, ` +
        `${formatCount(promptTokens)} prompt and ${formatCount(outputTokens)} output tokens, last token at ${duration(spanS * 1e3)}`,
    ],
    ...droppedEntry(report),
    [
      'Prefixes',
      report.prefixFile === null
        ? 'none known: no two prompts share a block'
        : `shared blocks from ${fileName(report.prefixFile, measured.file)}`,
    ],
    [
      'Clock',
      reference === 'arrival'
        ? 'starts when the client sends a request, on both sides'
        : 'of measured requests starts when the engine queues them, of simulated ones when they are sent',
    ],
    ['Mean |error|', `${plainPercent(errors.meanAbsErrorPercent)} over ${errors.cells.length} statistics`],
    ['Paired', pairedText(errors.pairedPercent)],
    ...(peer === null
      ? []
      : [
          [
            'Peer',
            `${fileName(peer.file, measured.file)}: mean |error| ${plainPercent(peer.errors.meanAbsErrorPercent)}; ${pairedText(peer.errors.pairedPercent)}` +
              (peer.errors.requests < requests ? `; it has ${plural(peer.errors.requests, 'request')}` : ''),
          ] satisfies Entry,
        ]),
    ['Preemptions', `${count(report.preemptions)} simulated`],
    ...shortenedEntry(report),
  ];
}

function pairedText(paired: ValidationReport['errors']['pairedPercent']): string {
  const texts = COMPARED_METRICS.filter((metric) => paired[metric] !== null).map(
    (metric) => `${metricName(metric)} ${plainPercent(paired[metric])}`,
  );
  return `half of the requests are within ${texts.join(', ')}`;
}

function droppedEntry({ measured: { dropped } }: ValidationReport): Entry[] {
  if (dropped.length === 0) return [];
  const named = dropped.slice(0, MOST_NAMED).map(({ id, reason }) => `${id} (${reason})`);
  const more = dropped.length > MOST_NAMED ? ` and ${dropped.length - MOST_NAMED} more` : '';
  return [['Left out', `${plural(dropped.length, 'request')} of the measured run: ${named.join(', ')}${more}`]];
}

function shortenedEntry({ shortened }: ValidationReport): Entry[] {
  if (shortened === 0) return [];
  const text = `${plural(shortened, 'request')} refused or cut short in the simulation, unlike on the server: is this the server's configuration?`;
  return [['Not alike', text]];
}
