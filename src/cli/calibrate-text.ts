/** What `servesim calibrate` found: the law first, then how far off it is, then what the data do not tell. */
import { lawText } from '../config/calibration-notes.ts';
import { formatDuration, threeDigits } from '../core/units.ts';
import { correctedRunLines } from '../report/corrected-run.ts';
import { hanging, type TextColumn, textTable } from '../report/table.ts';
import type { CalibrationReport, FittedNumber } from '../study/calibrate/calibration-report.ts';

/** The report as data: the calibration as it is written, and the errors of every run. */
export function calibrationJson({ calibration, numbers, runs, basis, replays }: CalibrationReport): unknown {
  return { calibration, numbers, runs, basis, replays };
}

export interface WrittenFile {
  readonly path: string;
  /** As the study names it. */
  readonly fromStudy: string;
}

/** Ends with a line end. `file`: where the calibration was written; null: nowhere. */
export function calibrationText(report: CalibrationReport, file: WrittenFile | null, width: number): string {
  const { calibration, basis } = report;
  const sections = [
    [...hanging('', `A step takes ${lawText(calibration.law)}`, width), ...frontEndLine(calibration.front_end_us)],
    basis.flatMap((line) => hanging('- ', line, width)),
    numberTable(report.numbers, width),
    ...report.runs.map((run) => correctedRunLines(run, width)),
    crossValidation(report, width),
    calibration.notes.flatMap((note) => hanging('- ', note, width)),
    fileLines(file),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function frontEndLine(frontEndUs: number | null): string[] {
  return frontEndUs === null ? [] : [`The front end takes ${formatDuration(frontEndUs)} a request.`];
}

const left = (header: string): TextColumn => ({ header, align: 'left' });
const right = (header: string): TextColumn => ({ header, align: 'right' });

function numberTable(numbers: readonly FittedNumber[], width: number): string[] {
  const rows = numbers.map(({ name, value, range, fitted }) => [
    name,
    numberText(name, value),
    range === null ? '' : `${numberText(name, range[0])} to ${numberText(name, range[1])}`,
    fitted ? 'fitted' : 'as in the study',
  ]);
  return textTable([left(''), right('value'), right('parts alone'), left('')], rows, width);
}

function numberText(name: string, value: number): string {
  return name === 'scale' ? value.toFixed(4) : `${value < 0 ? '-' : ''}${formatDuration(Math.abs(value))}`;
}

function crossValidation({ calibration }: CalibrationReport, width: number): string[] {
  const { cross_validation: held } = calibration;
  if (held.length === 0) return [];
  const ofSteps = held.some(({ step_percent }) => step_percent !== null);
  const percentText = (percent: number | null) => (percent === null ? '' : `${threeDigits(percent)} %`);
  const rows = held.map(({ fitted_on, scored_on, percent, step_percent }) => [
    ...[fitted_on, scored_on, percentText(percent)],
    ...(ofSteps ? [percentText(step_percent)] : []),
  ]);
  const columns = [left('fitted on'), left('scored on'), right('mean |error|')];
  return textTable(ofSteps ? [...columns, right('step times')] : columns, rows, width);
}

function fileLines(file: WrittenFile | null): string[] {
  if (file === null) return ['Not written; -o calibration.json writes it.'];
  return [`Written: ${file.path}. In the study:`, '', 'deployment:', `  latency: { calibration: ${file.fromStudy} }`];
}
