/** How a study is run: by how many threads, which part of it, or by a fleet. */
import { InputError } from '../core/input-error.ts';
import { parseShard, type Shard } from '../study/parse-shard.ts';
import { type GivenOption, single } from './single.ts';

export const RUNNING_OPTIONS = {
  workers: {
    alias: 'w',
    type: 'string',
    requiresArg: true,
    describe: 'Runs at a time, in worker threads; default: as many as there are cores',
  },
  shard: { type: 'string', requiresArg: true, describe: 'Only this part of the runs: 2/4 is the second of four' },
  fresh: { type: 'boolean', default: false, describe: 'Simulate finished runs again that are in the folder already' },
  queue: { type: 'string', requiresArg: true, describe: 'Let a fleet simulate: redis://host:port of its queue' },
} as const;

type Given = { readonly [name in 'workers' | 'shard' | 'queue']?: GivenOption };

export interface Running {
  /** null: as many as there are cores. */
  readonly workers: number | null;
  readonly shard: Shard | null;
  readonly queue: string | null;
}

const MOST_WORKERS = 1024;

/** Throws InputError on what cannot be, and on what cannot go together. */
export function runningOf(given: Given): Running {
  const [workers, shard] = [single('workers', given.workers), single('shard', given.shard)];
  const queue = single('queue', given.queue);
  const other = shard !== null ? `--shard ${shard}` : workers !== null ? `--workers ${workers}` : null;
  if (queue !== null && other !== null)
    throw new InputError(
      `--queue with ${other}: the fleet simulates the whole study, with the workers it has; leave out one of them.`,
    );
  return {
    workers: workers === null ? null : parseWorkers(workers),
    shard: shard === null ? null : parseShard(shard),
    queue,
  };
}

/** Throws InputError. */
export function parseWorkers(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_WORKERS) return count;
  throw new InputError(`--workers ${text}: expected how many runs at a time, 1 to ${MOST_WORKERS}.`);
}
