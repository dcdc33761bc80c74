/**
 * What goes through the queue. A job is a resolved run; its id is made of the run's, so that a run that is asked for twice is one job. Its result,
 * the files of the run folder, goes into Redis under the job's id before the job is complete.
 */
import type { Redis } from 'ioredis';
import type { ResolvedRun } from '../../config/resolved.ts';
import { PACKAGE_VERSION } from '../package-files.ts';
import type { Files } from '../simulate-run.ts';
import type { StudyContext } from '../study-context.ts';

/** Workers of another version never see jobs of this one. */
export const QUEUE_NAME = `servesim-${PACKAGE_VERSION}`;
export const QUEUE_PREFIX = 'servesim';

/** Results that nobody fetches are gone after a week. */
export const KEPT_SECONDS = 7 * 24 * 3600;

export interface RunJob {
  readonly run: ResolvedRun;
  readonly context: StudyContext;
}

export interface RunJobResult {
  /** The message of an InputError; null: the files are there. */
  readonly refusal: string | null;
}

export interface RunJobProgress {
  readonly simulatedUs: number;
  readonly requestsSent: number;
}

/** The run, and which tables are kept of it. */
export function jobIdOf({ run, context }: RunJob): string {
  return [run.run_id, context.requests, ...(context.isForReaders ? [] : ['figures'])].join('-');
}

export async function storeFiles(redis: Redis, jobId: string, files: Files): Promise<void> {
  const key = resultKey(jobId);
  const fields = [...files].flatMap(([name, content]) => [name, Buffer.from(content)]);
  await redis
    .multi()
    .del(key)
    .hset(key, ...fields)
    .expire(key, KEPT_SECONDS)
    .exec();
}

/** The files of a result, which is gone from Redis afterwards; empty where there is none. */
export async function takeFiles(redis: Redis, jobId: string): Promise<Files> {
  const key = resultKey(jobId);
  const fields = await redis.hgetallBuffer(key);
  await redis.del(key);
  return new Map(Object.entries(fields));
}

function resultKey(jobId: string): string {
  return `${QUEUE_PREFIX}:result:${QUEUE_NAME}:${jobId}`;
}
