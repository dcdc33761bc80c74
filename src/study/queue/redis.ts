/** Redis and BullMQ, which whoever wants a queue installs beside this package: most people run studies on one machine. */
import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';
import { InputError } from '../../core/input-error.ts';

export interface QueueServer {
  readonly bullmq: typeof BullMq;
  /** A connection of our own, for the files of results. */
  readonly redis: Redis;
  /** For BullMQ, which makes connections of its own. */
  readonly connection: BullMq.ConnectionOptions;
  /** The address without its password. */
  readonly name: string;
}

/** Connects, or throws InputError. */
export async function openQueueServer(text: string): Promise<QueueServer> {
  const url = redisUrl(text);
  const { bullmq, ioredis } = await libraries();
  const name = nameOf(url);
  // BullMQ asks for null: a command waits for a server that is away to come back.
  const redis = new ioredis.Redis(text, { lazyConnect: true, maxRetriesPerRequest: null });
  const refused = new Promise<never>((_, reject) => redis.once('error', reject));
  try {
    await Promise.race([redis.connect(), refused]);
  } catch (error) {
    redis.disconnect();
    throw new InputError(`--queue ${name}: no Redis answers there: ${reasonOf(error)}`);
  }
  redis.on('error', () => {});
  return { bullmq, redis, connection: { url: text, maxRetriesPerRequest: null }, name };
}

async function libraries() {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new InputError('--queue needs two packages that are not installed: npm install bullmq ioredis');
  }
}

function redisUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== '') return url;
  throw new InputError(
    `--queue ${url === null ? text : nameOf(url)}: expected the address of a Redis server, such as redis://127.0.0.1:6379 or rediss://:password@host:6379/0.`,
  );
}

function nameOf(url: URL): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

/** A host with several addresses gives several errors in one that has no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
