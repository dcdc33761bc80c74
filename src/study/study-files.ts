/** The files of a study beside its runs, all made from what the runs left in their folders. */
import { statisticsCsv, summaryCsv } from '../report/csv.ts';
import { reportHtml } from '../report/html.ts';
import { summaryParquet } from '../report/parquet.ts';
import { studyJson } from '../report/study-json.ts';
import type { MeasuredStudy } from '../report/study-report.ts';
import { PACKAGE_VERSION } from './package-files.ts';
import type { Files } from './simulate-run.ts';

/** The report comes last: whoever sees it finds the others. */
export function studyFiles(report: MeasuredStudy): Files {
  return new Map<string, string | Uint8Array>([
    ['study.json', studyJson(report, PACKAGE_VERSION)],
    ['summary.csv', summaryCsv(report)],
    ['summary.parquet', summaryParquet(report)],
    ['statistics.csv', statisticsCsv(report)],
    ['report.html', reportHtml(report)],
  ]);
}
