import { describe, expect, it } from 'vitest';
import { runningOf } from '../../src/cli/running-options.ts';
import { openQueueServer } from '../../src/study/queue/redis.ts';

describe('how a study is run', () => {
  it('is with as many workers as there are cores unless said', () => {
    expect(runningOf({})).toEqual({ workers: null, shard: null, queue: null });
    expect(runningOf({ workers: '3', shard: '2/4' })).toEqual({ workers: 3, shard: { index: 2, of: 4 }, queue: null });
  });

  it('is refused where it cannot be', () => {
    for (const workers of ['0', '1025', 'two', '-1'])
      expect(() => runningOf({ workers })).toThrow(
        `--workers ${workers}: expected how many runs at a time, 1 to 1024.`,
      );
    expect(() => runningOf({ shard: '3/2' })).toThrow('--shard 3/2: expected which of how many');
    expect(() => runningOf({ shard: ['1/2', '2/2'] })).toThrow('--shard is given 2 times (1/2, 2/2); expected once.');
    expect(() => runningOf({ queue: 'redis://h', shard: '1/2' })).toThrow('--queue with --shard 1/2: the fleet');
    expect(() => runningOf({ queue: 'redis://h', workers: '2' })).toThrow('--queue with --workers 2: the fleet');
  });
});

describe('the address of a queue', () => {
  it.each([
    ['localhost:6379', '--queue localhost:6379: expected the address of a Redis server'],
    ['redis://', '--queue redis:'],
    // A password is not repeated.
    ['http://:secret@host', '--queue http://host/: expected the address of a Redis server'],
    ['redis://:secret@127.0.0.1:1', '--queue redis://127.0.0.1:1: no Redis answers there: '],
  ])('%s', async (url, message) => {
    const error = await openQueueServer(url).catch((each: Error) => each);
    expect((error as Error).name).toBe('InputError');
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('secret');
  });
});
