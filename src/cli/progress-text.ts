/** How far a study is, in a line: what is done, how fast, and how long the rest takes if it goes on like this. */
import { formatCount, formatDuration } from '../core/units.ts';
import type { StudyProgress } from '../study/run-study.ts';
import { compileSimulation } from './compiler.ts';
import { progressLine } from './terminal.ts';

/** Does work whose progress a terminal shows. */
export async function withProgress<T>(work: (onProgress: (progress: StudyProgress) => void) => Promise<T>): Promise<T> {
  const line = progressLine();
  const startedMs = performance.now();
  const show = (progress: StudyProgress) => {
    compileSimulation();
    line.show(() => progressText(progress, performance.now() - startedMs));
  };
  return work(show).finally(() => line.clear());
}

/** Share of a study below which nobody can tell how long the rest takes. */
const LEAST_SHARE = 0.001;

/** `elapsedMs`: since the study was started. */
export function progressText(progress: StudyProgress, elapsedMs: number): string {
  const { runs, done, found, underWay, doneUnderWay, requestsSent } = progress;
  const worked = done - found + doneUnderWay;
  const share = runs === found ? 1 : worked / (runs - found);
  const perSecond = Math.round((1000 * requestsSent) / Math.max(1, elapsedMs));
  const parts = [
    `${formatCount(done)} of ${formatCount(runs)} ${runs === 1 ? 'run' : 'runs'} done${found > 0 ? ` (${formatCount(found)} before)` : ''}`,
    ...(underWay > 0 ? [`${formatCount(underWay)} under way, ${Math.floor(100 * share)} %`] : []),
    ...(requestsSent > 0 ? [`${formatCount(perSecond)} requests/s`] : []),
    ...(underWay > 0 && share > LEAST_SHARE ? [`${formatDuration(leftUs(share, elapsedMs))} left`] : []),
  ];
  return parts.join(', ');
}

/** Whole seconds. */
function leftUs(share: number, elapsedMs: number): number {
  return Math.round((elapsedMs * (1 - share)) / share / 1000) * 1e6;
}
