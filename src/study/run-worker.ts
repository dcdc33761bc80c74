/** What a worker thread does: one run at a time, from plain data to the files of its folder. */

import { InputError } from '../core/input-error.ts';
import { fillFolder, type RunTask } from './executor.ts';
import { packagedCatalog } from './package-files.ts';
import { profileReader, type ReadProfile } from './read-profile.ts';

export interface WorkerTask extends RunTask {
  /** Shared with whoever waits: the simulated time in microseconds, and the requests sent. */
  readonly progress: Float64Array;
}

const catalog = packagedCatalog();
const readers = new Map<string, ReadProfile>();

/** Returns null, or the message of an InputError: errors lose their class between threads. */
export async function fillInWorker({ progress, ...task }: WorkerTask): Promise<string | null> {
  const { folder } = task.context;
  const readProfile = readers.get(folder) ?? profileReader(folder);
  readers.set(folder, readProfile);
  const onProgress = (timeUs: number, requestsSent: number) => progress.set([timeUs, requestsSent]);
  try {
    await fillFolder(task, { catalog, readProfile, onProgress });
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
