/** The errors of a measured run's replay before and after a calibration, as text. */
import { formatCount } from '../core/units.ts';
import { COMPARED_METRICS, COMPARED_STATISTICS, type ErrorTable } from '../metrics/error-table.ts';
import { hanging, type TextColumn, textTable } from './table.ts';
import { metricName, plainPercent, signedPercent } from './validation.ts';

export interface CorrectedRun {
  readonly file: string;
  readonly requests: number;
  /** Requests of the file that cannot be replayed. */
  readonly dropped: number;
  /** Of the study as it stands; null: it had no step times. */
  readonly before: ErrorTable | null;
  readonly after: ErrorTable;
  /** Of the replay after. */
  readonly preemptions: number;
}

const left = (header: string): TextColumn => ({ header, align: 'left' });
const right = (header: string): TextColumn => ({ header, align: 'right' });

/** How far off replays of the run are: a heading, then a row a latency. */
export function correctedRunLines(run: CorrectedRun, width: number): string[] {
  const { file, requests, dropped, before, after, preemptions } = run;
  const lost = dropped === 0 ? '' : ` (${formatCount(dropped)} that failed are left out)`;
  const means =
    before === null
      ? plainPercent(after.meanAbsErrorPercent)
      : `${plainPercent(before.meanAbsErrorPercent)} before, ${plainPercent(after.meanAbsErrorPercent)} after`;
  const rows = COMPARED_METRICS.flatMap((metric) => [
    ...(before === null ? [] : [[`${metricName(metric)} before`, ...errors(before, metric)]]),
    [`${metricName(metric)}${before === null ? '' : ' after'}`, ...errors(after, metric)],
  ]);
  return [
    ...hanging(
      '',
      `${file}, ${formatCount(requests)} requests${lost}: mean |error| ${means}; ${formatCount(preemptions)} preemptions`,
      width,
    ),
    ...textTable([left('error'), ...COMPARED_STATISTICS.map(right)], rows, width),
  ];
}

function errors({ cells }: ErrorTable, metric: string): string[] {
  return COMPARED_STATISTICS.map((statistic) =>
    signedPercent(cells.find((cell) => cell.metric === metric && cell.statistic === statistic)?.errorPercent),
  );
}
