/** The results of a study on stdout. */
import { consoleReport } from '../report/console.ts';
import { statisticsJson } from '../report/study-json.ts';
import type { StudyReport } from '../report/study-report.ts';
import type { StudyResult } from '../study/run-study.ts';
import { wantsColor } from './terminal.ts';

/** Returns the exit code: 1 if a queue got stuck. */
export function printStudy({ report, reportFile }: StudyResult, json: boolean): number {
  const { stdout } = process;
  if (json) stdout.write(`${JSON.stringify(resultsJson(report), null, 2)}\n`);
  else {
    stdout.write(consoleReport(report, { columns: Math.min(100, stdout.columns || 80), color: wantsColor(stdout) }));
    if (reportFile !== null) stdout.write(`\nReport: ${reportFile}\n`);
  }
  return report.runs.some(({ summary }) => summary.sim.stuck !== null) ? 1 : 0;
}

function resultsJson({ name, question, runs, notStarted, statistics }: StudyReport): unknown {
  return {
    name,
    question,
    not_started: notStarted ?? [],
    statistics: statistics === undefined ? null : statisticsJson(statistics),
    runs: runs.map(({ runId, seed, variant, summary, notes }) => ({ run_id: runId, seed, variant, notes, summary })),
  };
}
