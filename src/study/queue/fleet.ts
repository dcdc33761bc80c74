/**
 * A fleet simulates: runs go to a queue in Redis, workers anywhere take them, and their files come back through Redis, so that no folder has to be
 * shared. A run that is queued or done already, by an earlier call that was stopped, is not queued again.
 */
import { setTimeout } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { InputError } from '../../core/input-error.ts';
import type { Executor, RunTask } from '../executor.ts';
import { calledAs, describedFiles, parseFigures, writeFiles } from '../run-folder.ts';
import { type Files, tableNames } from '../simulate-run.ts';
import { openQueueServer, type QueueServer } from './redis.ts';
import {
  jobIdOf,
  KEPT_SECONDS,
  QUEUE_NAME,
  QUEUE_PREFIX,
  type RunJob,
  type RunJobProgress,
  type RunJobResult,
  takeFiles,
} from './run-job.ts';

/** So many runs at most wait in the queue: the rest of a large study would only take memory there. */
const MOST_QUEUED = 1000;
/** An event may be missed while the connection is away. */
const LOOK_EVERY_MS = 5000;

const JOB_OPTIONS = {
  // Of what a worker cannot help, such as no memory on its machine.
  attempts: 3,
  backoff: { type: 'fixed', delay: 1000 },
  removeOnComplete: { age: KEPT_SECONDS },
  removeOnFail: { age: KEPT_SECONDS },
} as const;

type OnProgress = (simulatedUs: number, requestsSent: number) => void;

interface WaitingRun {
  readonly onProgress: OnProgress;
  /** Looks at the job at once. */
  wake: () => void;
}

/** Connects to the queue. Throws InputError. */
export async function fleet(url: string): Promise<Executor> {
  const server = await openQueueServer(url);
  const { Queue, QueueEvents } = server.bullmq;
  const options = { connection: server.connection, prefix: QUEUE_PREFIX };
  const queue = new Queue<RunJob, RunJobResult>(QUEUE_NAME, options);
  const events = new QueueEvents(QUEUE_NAME, options);
  const waiting = new Map<string, WaitingRun>();
  // Connections that are lost are made again; until then everything waits.
  queue.on('error', () => {});
  events.on('error', () => {});
  events.on('completed', ({ jobId }) => waiting.get(jobId)?.wake());
  events.on('failed', ({ jobId }) => waiting.get(jobId)?.wake());
  events.on('progress', ({ jobId, data }) => {
    const { simulatedUs, requestsSent } = data as unknown as RunJobProgress;
    waiting.get(jobId)?.onProgress(simulatedUs, requestsSent);
  });
  await events.waitUntilReady();
  return {
    width: MOST_QUEUED,
    fill: async (task, onProgress) => {
      const jobId = jobIdOf(task);
      const run: WaitingRun = { onProgress, wake: () => {} };
      waiting.set(jobId, run);
      const files = await resultOf(task, jobId, run, queue, server);
      waiting.delete(jobId);
      writeRun(task, files);
    },
    close: async () => {
      // Of a study that failed: nobody waits for these any more.
      for (const jobId of waiting.keys()) await queue.remove(jobId);
      await Promise.all([events.close(), queue.close()]);
      server.redis.disconnect();
    },
  };
}

/** The files that a worker made, once there are any. A job that failed before anybody waited for it is tried again. */
async function resultOf(
  { run, context }: RunTask,
  jobId: string,
  waiting: WaitingRun,
  queue: Queue<RunJob, RunJobResult>,
  { redis }: QueueServer,
): Promise<Files> {
  let isAskedFor = false;
  for (;;) {
    const woken = new Promise<void>((resolve) => {
      waiting.wake = resolve;
    });
    // In this order: a job that was read before it ended has no result.
    const state = await queue.getJobState(jobId);
    const job: Job<RunJob, RunJobResult> | undefined = await queue.getJob(jobId);
    if (job === undefined) {
      await queue.add('run', { run, context }, { jobId, ...JOB_OPTIONS });
      isAskedFor = true;
    } else if (state === 'completed') {
      const files = await takeFiles(redis, jobId);
      await queue.remove(jobId);
      const { refusal } = job.returnvalue;
      if (refusal !== null && isAskedFor) throw new InputError(refusal);
      if (refusal === null && isWhole(files, tableNames(context))) return files;
    } else if (state === 'failed') {
      await queue.remove(jobId);
      if (isAskedFor) throw new Error(`run ${run.run_id} failed in the fleet: ${job.failedReason}`);
    } else {
      isAskedFor = true;
      await Promise.race([woken, setTimeout(LOOK_EVERY_MS, undefined, { ref: false })]);
    }
  }
}

function isWhole(files: Files, tables: readonly string[]): boolean {
  return ['summary.json', 'report.json', ...tables].every((name) => files.has(name));
}

/** A worker cannot know where the folder will be, nor what the study calls the run by now. */
function writeRun({ run, context, made, target }: RunTask, files: Files): void {
  const finished = parseFigures(run.run_id, String(files.get('summary.json')), String(files.get('report.json')));
  if (finished === null) throw new Error(`run ${run.run_id}: what a worker left in Redis is no result`);
  const tables = tableNames(context).map((name) => [name, files.get(name)!] as const);
  writeFiles(made, new Map(tables), describedFiles(run, context, calledAs(run, context, finished), target));
}
