/** The files of a search beside its run folders. */
import { tuneCsv } from '../../report/tune/tune-csv.ts';
import { tuneHtml } from '../../report/tune/tune-html.ts';
import type { TuneReport } from '../../report/tune/tune-report.ts';

/** By name, the page last. */
export function tuneFiles(report: TuneReport): Map<string, string> {
  return new Map([
    ['tune.json', tuneJson(report)],
    ['tune.csv', tuneCsv(report)],
    ['report.html', tuneHtml(report)],
  ]);
}

export function tuneJson(report: TuneReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
