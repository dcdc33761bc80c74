import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Workload } from '../../src/config/resolved.ts';
import { InputError } from '../../src/core/input-error.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { type TraceSource, traceSource } from '../../src/workload/trace.ts';
import { batches, collect, traceWorkload } from './support.ts';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

function open(lines: readonly string[], workload: Workload = traceWorkload(), batchSize = 7): TraceSource {
  return traceSource(workload, randomStreams(1), () => batches(lines, batchSize), 'conv.csv');
}

function read(
  lines: readonly string[],
  trace: Partial<NonNullable<Workload['trace']>> = {},
  settings: Partial<Workload> = {},
): Promise<Request[]> {
  return collect(open(lines, traceWorkload(trace, settings)));
}

/** An Azure file with a row at each of these seconds, 100 + i tokens in and 10 out. */
function azure(...seconds: number[]): string[] {
  const stamp = (s: number) => new Date(s * 1e3).toISOString().replace('T', ' ').replace('Z', '');
  return [HEADER, ...seconds.map((s, i) => `${stamp(s)},${100 + i},10`)];
}

function mooncake(ticksMs: readonly number[]): string[] {
  return ticksMs.map((timestamp, i) =>
    JSON.stringify({ timestamp, input_length: 600, output_length: 9, hash_ids: [0, i + 1] }),
  );
}

const arrivals = (requests: Request[]) => requests.map(({ arrivalUs }) => arrivalUs / 1e6);

describe('a trace is replayed', () => {
  test('as it was recorded, from its first row on', async () => {
    const requests = await read(azure(1000, 1001.5, 1004));
    expect(arrivals(requests)).toEqual([0, 1.5, 4]);
    expect(
      requests.map(({ id, promptTokens, outputTokens, thinkingTokens }) => [
        id,
        promptTokens,
        outputTokens,
        thinkingTokens,
      ]),
    ).toEqual([
      [0, 100, 10, 0],
      [1, 101, 10, 0],
      [2, 102, 10, 0],
    ]);
    expect(requests.map(({ origin }) => origin)).toEqual(['conv.csv:2', 'conv.csv:3', 'conv.csv:4']);
  });

  test('the same whatever the size of the batches its lines come in', async () => {
    const lines = azure(...Array.from({ length: 50 }, (_, i) => i * 0.25));
    const whole = await collect(open(lines, traceWorkload(), 1000));
    for (const size of [1, 2, 3, 49, 50, 51]) expect(await collect(open(lines, traceWorkload(), size))).toEqual(whole);
  });

  test('with a byte order mark, Windows line ends and blank lines', async () => {
    const lines = azure(0, 1).map((line) => `${line}\r`);
    const requests = await read([`\uFEFF${lines[0]}`, '', lines[1]!, '\r', lines[2]!, '']);
    expect(requests.map(({ origin }) => origin)).toEqual(['conv.csv:3', 'conv.csv:5']);
  });

  test('with prompts that share nothing where the trace names no blocks', async () => {
    const requests = await read(azure(...Array.from({ length: 100 }, (_, i) => i)));
    const segments = requests.flatMap(({ prompt, outputSegment }) => [
      ...prompt.map(({ segment }) => segment),
      outputSegment,
    ]);
    expect(new Set(segments).size).toBe(200);
    expect(Math.min(...segments)).toBeGreaterThan(0);
  });

  test('with prompts that share the blocks which the trace names, and outputs that share with nothing', async () => {
    const requests = await read(mooncake([0, 0, 3000]));
    const [a, b] = requests.map(({ prompt }) => prompt);
    expect(a![0]).toEqual(b![0]);
    expect(a![1]!.segment).not.toBe(b![1]!.segment);
    expect(a!.map(({ tokens }) => tokens)).toEqual([512, 88]);
    expect(requests.every(({ outputSegment }) => outputSegment % 2 === 0)).toBe(true);
  });

  test('with max_tokens and ignore_eos of the workload', async () => {
    expect((await read(azure(0), {}, { max_tokens: 3 }))[0]).toMatchObject({ maxTokens: 3, ignoreEos: false });
    expect((await read(azure(0), {}, { ignore_eos: true }))[0]).toMatchObject({ maxTokens: 10, ignoreEos: true });
  });
});

describe('a request rate', () => {
  const seconds = [0, 1, 2, 10, 20];

  test('multiplies all times by one factor, so that the whole trace has that mean rate', async () => {
    // 4 gaps in 20 s are 0.2/s; at 0.8/s everything happens four times as fast.
    expect(arrivals(await read(azure(...seconds), {}, { request_rate: 0.8 }))).toEqual([0, 0.25, 0.5, 2.5, 5]);
  });

  test('is that of the whole trace, even if num_requests lets only a part through', async () => {
    expect(arrivals(await read(azure(...seconds), {}, { request_rate: 0.8, num_requests: 3 }))).toEqual([0, 0.25, 0.5]);
  });

  test('inf sends everything at once', async () => {
    expect(arrivals(await read(azure(...seconds), {}, { request_rate: 'inf' }))).toEqual([0, 0, 0, 0, 0]);
  });

  test('cannot scale a trace that happens at one moment', async () => {
    await expect(read(azure(5, 5), {}, { request_rate: 2 })).rejects.toThrow(
      /all 2 requests have the same time.*spread/s,
    );
  });

  test('scales ticks after they are spread', async () => {
    const ticks = Array.from({ length: 3000 }, (_, i) => Math.floor(i / 10) * 3000);
    const requests = await read(mooncake(ticks), { spread_ms: 3000 }, { request_rate: 20 });
    const spanUs = requests.at(-1)!.arrivalUs - requests[0]!.arrivalUs;
    expect(((requests.length - 1) / spanUs) * 1e6).toBeCloseTo(20, 3);
  });
});

describe('a trace ends', () => {
  test('with its last row, after num_requests, or before duration', async () => {
    const lines = azure(0, 1, 2, 3);
    expect((await read(lines, {}, { num_requests: 99 })).length).toBe(4);
    expect((await read(lines, {}, { num_requests: 2 })).length).toBe(2);
    expect(arrivals(await read(lines, {}, { duration_s: 2 }))).toEqual([0, 1]);
    expect(arrivals(await read(lines, {}, { duration_s: 2, request_rate: 2 }))).toEqual([0, 0.5, 1, 1.5]);
  });

  test('without reading on: what follows may be broken', async () => {
    const lines = [...azure(0, 1, 2), 'broken'];
    expect((await collect(open(lines, traceWorkload({}, { num_requests: 2 }), 1))).length).toBe(2);
  });
});

describe('spread', () => {
  test('places the requests of a tick evenly at random before the next, in their order', async () => {
    const ticks = Array.from({ length: 20_000 }, (_, i) => Math.floor(i / 10) * 3000);
    const requests = await read(mooncake(ticks), { spread_ms: 3000 });
    const offsets = requests.map(({ arrivalUs }, i) => arrivalUs - ticks[i]! * 1e3);
    expect(offsets.every((offset) => offset >= 0 && offset < 3e6)).toBe(true);
    expect(offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length / 1.5e6).toBeCloseTo(1, 1);
    expect(requests.every(({ arrivalUs }, i) => arrivalUs >= (requests[i - 1]?.arrivalUs ?? 0))).toBe(true);
    expect(requests.map(({ origin }) => origin)).toEqual(ticks.map((_, i) => `conv.csv:${i + 1}`));
  });

  test('is the same for the same seed, whatever the batches', async () => {
    const lines = mooncake([0, 0, 0, 3000, 3000, 9000]);
    const workload = traceWorkload({ spread_ms: 3000 });
    const whole = await collect(open(lines, workload, 100));
    for (const size of [1, 2, 4]) expect(await collect(open(lines, workload, size))).toEqual(whole);
  });

  test('never reaches past the next tick', async () => {
    const requests = await read(mooncake([0, 0, 0, 1, 1, 1000]), { spread_ms: 60_000 });
    const tick = requests.map(({ arrivalUs }) => (arrivalUs < 1e3 ? 0 : arrivalUs < 1e6 ? 1 : 2));
    expect(tick).toEqual([0, 0, 0, 1, 1, 2]);
  });
});

describe('what was read', () => {
  test('is counted, with rows left out that have no tokens on one side', async () => {
    const source = open([
      ...azure(0, 1),
      '1970-01-01 00:00:02,0,7',
      '1970-01-01 00:00:03,7,0',
      '1970-01-01 00:00:04,7,7',
    ]);
    const requests = await collect(source);
    expect(requests.map(({ id, arrivalUs }) => [id, arrivalUs / 1e6])).toEqual([
      [0, 0],
      [1, 1],
      [2, 4],
    ]);
    expect(source.stats).toMatchObject({ requests: 3, spanUs: 4e6, droppedRows: { noPrompt: 1, noOutput: 1 } });
    expect(source.stats.promptTokens.percentile(50)).toBe(100);
  });

  test('is counted anew when the trace is read again', async () => {
    const source = open(azure(0, 1), traceWorkload({}, { request_rate: 5 }));
    await collect(source);
    await collect(source);
    expect(source.stats.requests).toBe(2);
  });
});

describe('a trace that cannot be simulated is refused', () => {
  const refusals: [string, string[], RegExp][] = [
    ['an empty file', [], /conv\.csv: the trace is empty/],
    ['blank lines alone', ['', ' '], /the trace is empty/],
    ['a header alone', [HEADER], /a header and no rows/],
    ['rows without tokens alone', [HEADER, '2023-11-16 18:15:46,0,0'], /none of the 1 rows/],
    ['an unknown header', ['a,b,c', '1,2,3'], /conv\.csv:1: .*no known format/],
    ['a row that is earlier than the one before', azure(0, 2, 1), /conv\.csv:4: this row is 1\.000000 s earlier.*Sort/],
    ['a broken row', [...azure(0), 'x,1,1'], /conv\.csv:3: TIMESTAMP is "x"/],
  ];
  test.each(refusals)('%s', async (_, lines, message) => {
    await expect(read(lines)).rejects.toThrow(InputError);
    await expect(read(lines)).rejects.toThrow(message);
  });

  test('text of any kind gives requests or a message for people', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.constant(HEADER), fc.json())), async (lines) => {
        await read(lines).catch((error: unknown) => expect(error).toBeInstanceOf(InputError));
      }),
    );
  });
});
