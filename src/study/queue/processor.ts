/**
 * What a worker of a fleet does with a job, in a process of its own (BullMQ's sandbox): a simulation leaves no time to tell the queue that its worker
 * is alive, which the parent process does. A job that is done twice, since its first worker was taken for dead, leaves the same files.
 */
import { hostname } from 'node:os';
import type { SandboxedJob } from 'bullmq';
import { InputError } from '../../core/input-error.ts';
import { packagedCatalog } from '../package-files.ts';
import { profileReader } from '../read-profile.ts';
import { figureFiles, finishedRun } from '../run-folder.ts';
import { simulateRun } from '../simulate-run.ts';
import { checkInputs } from './check-inputs.ts';
import { QUEUE_VARIABLE } from './queue-variable.ts';
import { openQueueServer } from './redis.ts';
import { jobIdOf, type RunJob, type RunJobProgress, type RunJobResult, storeFiles } from './run-job.ts';

const TELL_EVERY_MS = 1000;

// A worker that was killed cannot end this process, and nobody waits for what it does.
process.once('disconnect', () => process.exit());
// It may have been killed while this one was starting.
if (process.connected === false) process.exit();

const catalog = packagedCatalog();
const server = openQueueServer(process.env[QUEUE_VARIABLE] ?? '');
server.catch(() => {});

// biome-ignore lint/style/noDefaultExport: BullMQ calls what a processor exports by default.
export default async function simulateJob(job: SandboxedJob<RunJob, RunJobResult>): Promise<RunJobResult> {
  const { run, context } = job.data;
  const { redis } = await server;
  let toldMs = performance.now();
  const onProgress = (simulatedUs: number, requestsSent: number) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    void job.updateProgress({ simulatedUs, requestsSent } satisfies RunJobProgress);
  };
  try {
    checkInputs(run, context.folder, hostname());
    const simulated = await simulateRun(run, context, {
      catalog,
      readProfile: profileReader(context.folder),
      onProgress,
    });
    const files = new Map([...simulated.tables, ...figureFiles(finishedRun(simulated))]);
    await storeFiles(redis, jobIdOf(job.data), files);
    return { refusal: null };
  } catch (error) {
    if (error instanceof InputError) return { refusal: error.message };
    throw error;
  }
}
