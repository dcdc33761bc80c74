/**
 * A recorded trace as a source of requests: the rows as they come, with their times replayed as recorded, scaled to
 * another mean rate, or all at once. Prompts of a trace that names its blocks share them; others share nothing.
 */
import type { Workload } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import { answerSampler } from './answer.ts';
import { classLaws } from './class-laws.ts';
import { type PrefixBlocks, parsePrefixBlocks } from './measured/prefix-blocks.ts';
import type { Request, RequestSource } from './request.ts';
import { rowClasses } from './trace-classes.ts';
import { spreadTicks, traceRows } from './trace-rows.ts';
import { countRow, emptyTraceStats, type TraceStats } from './trace-stats.ts';
import { blockSpans } from './traces/block-spans.ts';
import { BLOCK_TOKENS } from './traces/mooncake.ts';
import type { TraceRow } from './traces/row.ts';

/** The lines of a file from its beginning, in batches, without line ends. Asked for twice where a rate is given. */
export type OpenLines = () => AsyncIterable<readonly string[]>;

/** A trace that is being read; `stats` holds what has come so far, and starts again with each reading. */
export interface TraceSource extends RequestSource {
  readonly stats: TraceStats;
}

/**
 * The requests of a trace. With a `request_rate` all times are multiplied by one factor, so that the trace as a whole
 * (whatever part of it `num_requests` and `duration_s` let through) has that mean rate; finding the factor takes a first
 * reading of the file. Ends with the trace, after `num_requests`, or before `duration_s` of scaled time.
 */
export function traceSource(
  workload: Workload,
  streams: RandomStreams,
  open: OpenLines,
  name: string,
  openPrefixes: OpenLines | null = null,
): TraceSource {
  const trace = workload.trace;
  if (trace === null) throw new Error('a trace workload without a trace');
  let prefixes: PrefixBlocks | null = null;
  const readRows = (stats: TraceStats) => timedRows(trace, streams, open, name, stats, prefixes);
  let stats = emptyTraceStats();
  return {
    get stats() {
      return stats;
    },
    async *[Symbol.asyncIterator]() {
      stats = emptyTraceStats();
      if (openPrefixes !== null) prefixes = await readPrefixes(trace, openPrefixes);
      const scale = await timeScale(workload.request_rate, () => readRows(emptyTraceStats()), name);
      yield* requests(workload, readRows(stats), scale, stats, requestMaker(workload, streams));
    },
  };
}

type Trace = NonNullable<Workload['trace']>;

async function readPrefixes({ prefix_blocks: prefixes }: Trace, open: OpenLines): Promise<PrefixBlocks | null> {
  if (prefixes === null) return null;
  const texts: string[] = [];
  for await (const batch of open()) texts.push(...batch);
  const { path: name, block_size: blockTokens } = prefixes;
  return { idsOf: parsePrefixBlocks(texts.join('\n'), name), blockTokens, name };
}

function timedRows(
  trace: Trace,
  streams: RandomStreams,
  open: OpenLines,
  name: string,
  stats: TraceStats,
  prefixes: PrefixBlocks | null,
): AsyncIterable<TraceRow[]> {
  const rows = traceRows(open(), trace.format, name, stats.droppedRows, prefixes);
  return trace.spread_ms > 0 ? spreadTicks(rows, trace.spread_ms * 1e3, streams('spread')) : rows;
}

/** The factor on times: 1 without a rate, 0 for `inf`, else the trace's own mean rate (gaps over span) over the wanted. */
async function timeScale(
  rate: Workload['request_rate'],
  readRows: () => AsyncIterable<TraceRow[]>,
  name: string,
): Promise<number> {
  if (rate === null) return 1;
  if (rate === 'inf') return 0;
  let rows = 0;
  let firstUs = 0;
  let lastUs = 0;
  for await (const batch of readRows()) {
    if (rows === 0) firstUs = batch[0]!.timeUs;
    rows += batch.length;
    lastUs = batch.at(-1)!.timeUs;
  }
  if (lastUs === firstUs) {
    throw new InputError(
      `${name}: request_rate ${rate} cannot be reached by scaling, because all ${rows} requests have the same time. ` +
        'Leave request_rate out, set it to inf, or give spread.',
    );
  }
  return ((rows - 1) * 1e6) / (lastUs - firstUs) / rate;
}

async function* requests(
  workload: Workload,
  batches: AsyncIterable<TraceRow[]>,
  scale: number,
  stats: TraceStats,
  make: RequestMaker,
): AsyncGenerator<Request[]> {
  const limit = workload.num_requests ?? Number.POSITIVE_INFINITY;
  const endUs = (workload.duration_s ?? Number.POSITIVE_INFINITY) * 1e6;
  let firstArrivalUs: number | undefined;
  for await (const rows of batches) {
    const batch: Request[] = [];
    let ended = stats.requests >= limit;
    for (const row of rows) {
      const arrivalUs = Math.round(row.timeUs * scale);
      ended ||= arrivalUs >= endUs || stats.requests >= limit;
      if (ended) break;
      batch.push(make(row, stats.requests, arrivalUs));
      firstArrivalUs ??= arrivalUs;
      countRow(stats, arrivalUs - firstArrivalUs, row.promptTokens, row.outputTokens);
    }
    if (batch.length > 0) yield batch;
    if (ended || stats.requests >= limit) return;
  }
}

/** A row as the request of that number, arriving then. */
type RequestMaker = (row: TraceRow, id: number, arrivalUs: number) => Request;

/** Segments that no trace names are even, from 2 up; those of named blocks are odd. */
function requestMaker(workload: Workload, streams: RandomStreams): RequestMaker {
  const classes = classLaws(workload, streams);
  const classOf = rowClasses(classes, streams);
  const answers = classes.map((laws) => answerSampler(laws, laws.streams));
  const blockTokens = workload.trace?.prefix_blocks?.block_size ?? BLOCK_TOKENS;
  return (row, id, arrivalUs) => {
    const { promptTokens, blockIds, place } = row;
    const index = classOf(row);
    const answer = answers[index]!(row.outputTokens);
    return {
      id,
      arrivalUs,
      prompt: blockSpans(blockIds ?? [], promptTokens, blockTokens, 4 * id + 2),
      promptTokens,
      outputSegment: 4 * id + 4,
      outputTokens: answer.outputTokens,
      thinkingTokens: answer.thinkingTokens,
      maxTokens: answer.maxTokens,
      ignoreEos: answer.ignoreEos,
      class: index,
      priority: classes[index]!.priority,
      session: row.session ?? null,
      preprocessUs: answer.preprocessUs,
      origin: row.origin ?? `${place.name}:${place.line}`,
    };
  };
}
