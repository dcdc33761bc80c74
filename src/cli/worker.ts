/** `servesim worker`: one machine of a fleet. */
import { startQueueWorker } from '../study/queue/queue-worker.ts';
import { V8_FLAGS } from './compiler.ts';
import { parseWorkers } from './running-options.ts';

export interface WorkerArguments {
  readonly queue: string;
  readonly workers: string | null;
}

/** Returns when it was asked to stop and its runs are done; asked twice, it stops at once, and others do them again. */
export async function workerCommand({ queue, workers }: WorkerArguments): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const worker = await startQueueWorker(queue, {
    workers: workers === null ? null : parseWorkers(workers),
    nodeOptions: V8_FLAGS,
    onEvent: say,
  });
  say(`waiting for runs from ${worker.queue}, ${worker.workers} at a time`);
  await stopped();
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  await worker.close();
  return 0;
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
}
