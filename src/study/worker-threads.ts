/** Runs in worker threads, several at a time. Threads share the flags of V8 with the process that starts them. */
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { InputError } from '../core/input-error.ts';
import type { Executor } from './executor.ts';
import { sibling, threadOptions } from './other-thread.ts';
import type { WorkerTask } from './run-worker.ts';

const LOOK_EVERY_MS = 200;
/** A search asks for runs in rounds; a thread that is started anew for each compiles everything again. */
const IDLE_MS = 10_000;

/** Worker threads, started as they are needed. */
export function workerThreads(count: number): Executor {
  const execArgv = threadOptions(import.meta.url);
  const pool = new Tinypool({
    filename: fileURLToPath(sibling(import.meta.url, 'run-worker')),
    name: 'fillInWorker',
    minThreads: 0,
    maxThreads: count,
    idleTimeout: IDLE_MS,
    ...(execArgv === undefined ? {} : { execArgv }),
  });
  // A thread that does not even start is nobody's task.
  const broken = new Promise<never>((_, reject) => pool.on('error', reject));
  broken.catch(() => {});
  return {
    width: count,
    fill: async (task, onProgress) => {
      const progress = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
      const timer = setInterval(() => onProgress(progress[0]!, progress[1]!), LOOK_EVERY_MS);
      try {
        const refusal = (await Promise.race([pool.run({ ...task, progress } satisfies WorkerTask), broken])) as
          | string
          | null;
        if (refusal !== null) throw new InputError(refusal);
      } finally {
        clearInterval(timer);
      }
    },
    close: () => pool.destroy(),
  };
}
