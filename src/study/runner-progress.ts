/** How far the runs are that a runner was given, however many are under way at a time. */
import type { ResolvedRun } from '../config/resolved.ts';

export interface RunnerProgress {
  /** How many there are, and how many of them are done. */
  readonly runs: number;
  readonly done: number;
  /** Of those done: found done at the start. */
  readonly found: number;
  readonly underWay: number;
  /** What is done of those under way, in runs: 1.5 of three that are half done each. */
  readonly doneUnderWay: number;
  /** By all simulations since the start. */
  readonly requestsSent: number;
}

interface RunUnderWay {
  share: number;
  requestsSent: number;
}

export class ProgressOfRuns {
  private readonly runs: number;
  private readonly found: number;
  private readonly onProgress: (progress: RunnerProgress) => void;
  private readonly underWay = new Set<RunUnderWay>();
  private done: number;
  private requestsSent = 0;

  constructor(runs: number, found: number, onProgress: (progress: RunnerProgress) => void) {
    this.runs = runs;
    this.found = found;
    this.done = found;
    this.onProgress = onProgress;
    this.tell();
  }

  /** Whom to tell how far a run is, which is under way from then on, and that it is done. */
  of({ workload }: ResolvedRun): { at: (simulatedUs: number, requestsSent: number) => void; end: () => void } {
    const run = { share: 0, requestsSent: 0 };
    const { num_requests: requests, duration_s: seconds } = workload;
    return {
      at: (simulatedUs, requestsSent) => {
        this.underWay.add(run);
        run.requestsSent = requestsSent;
        const share = requests !== null ? requestsSent / requests : simulatedUs / 1e6 / (seconds ?? Infinity);
        run.share = Math.min(1, share);
        this.tell();
      },
      end: () => {
        this.underWay.delete(run);
        this.requestsSent += run.requestsSent;
        this.done++;
        this.tell();
      },
    };
  }

  private tell(): void {
    const runs = [...this.underWay];
    this.onProgress({
      runs: this.runs,
      done: this.done,
      found: this.found,
      underWay: runs.length,
      doneUnderWay: runs.reduce((sum, { share }) => sum + share, 0),
      requestsSent: runs.reduce((sum, run) => sum + run.requestsSent, this.requestsSent),
    });
  }
}
