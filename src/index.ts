/** The public interface of the package: open a study, run it, measure it, report it. */
export type { ResolvedRun, ResolvedStudy } from './config/resolved.ts';
export { InputError } from './core/input-error.ts';
export type { Summary } from './metrics/summary.ts';
export { consoleReport } from './report/console.ts';
export { reportHtml } from './report/html.ts';
export type { RunReport, StudyReport } from './report/study-report.ts';
export type { DeploymentCheck } from './study/check.ts';
export { checkServeLine, checkStudyFile } from './study/check.ts';
export type { FileVerdict } from './study/conform/conform.ts';
export { conformFile } from './study/conform/conform.ts';
export type { OpenStudy, StudyOptions } from './study/open-study.ts';
export { openStudy } from './study/open-study.ts';
export type { RunStudyOptions, StudyProgress, StudyResult } from './study/run-study.ts';
export { runStudy } from './study/run-study.ts';
