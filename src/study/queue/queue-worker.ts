/** A worker of a fleet: takes runs from the queue, a few at a time, each simulated in a process of its own. */
import { availableParallelism } from 'node:os';
import { sibling, threadOptions } from '../other-thread.ts';
import { QUEUE_VARIABLE } from './queue-variable.ts';
import { openQueueServer } from './redis.ts';
import { QUEUE_NAME, QUEUE_PREFIX, type RunJob, type RunJobResult } from './run-job.ts';

/** A worker that has said nothing for so long is taken for dead, and its runs are handed out again. */
const LOCK_MS = 4000;
const LOOK_FOR_DEAD_EVERY_MS = 2000;
/** Losing workers is no fault of the run. */
const MOST_DEATHS = 1000;

export interface QueueWorkerOptions {
  /** Runs at a time. Default: as many as the machine runs at a time. */
  readonly workers: number | null;
  /** Flags of node for the simulating processes. */
  readonly nodeOptions: readonly string[];
  /** Told of every run that has ended, and of trouble with the queue. */
  readonly onEvent: (text: string) => void;
}

export interface QueueWorker {
  /** Where it takes runs from, and how many at a time. */
  readonly queue: string;
  readonly workers: number;
  /** Takes no more runs, and resolves when those under way are done. */
  close(): Promise<void>;
}

/** Connects to the queue and begins. Throws InputError. */
export async function startQueueWorker(url: string, options: QueueWorkerOptions): Promise<QueueWorker> {
  const { workers: asked, nodeOptions, onEvent } = options;
  const { bullmq, redis, connection, name } = await openQueueServer(url);
  redis.disconnect();
  const workers = asked ?? availableParallelism();
  const worker = new bullmq.Worker<RunJob, RunJobResult>(QUEUE_NAME, sibling(import.meta.url, 'processor'), {
    ...{ connection, prefix: QUEUE_PREFIX, concurrency: workers },
    ...{ lockDuration: LOCK_MS, stalledInterval: LOOK_FOR_DEAD_EVERY_MS, maxStalledCount: MOST_DEATHS },
    workerForkOptions: {
      execArgv: [...nodeOptions, ...(threadOptions(import.meta.url) ?? process.execArgv)],
      env: { ...process.env, [QUEUE_VARIABLE]: url },
    },
  });
  worker.on('completed', ({ data: { run } }, { refusal }) =>
    onEvent(`run ${run.run_id} ${refusal === null ? 'done' : `refused: ${refusal}`}`),
  );
  worker.on('failed', (job, error) => onEvent(`run ${job?.data.run.run_id ?? '?'} failed: ${error.message}`));
  worker.on('error', (error) => onEvent(`queue: ${error.message}`));
  return { queue: name, workers, close: () => worker.close() };
}
