/**
 * The columns of the files with one row a request and one row an interval of the timeline, defined once for CSV and
 * Parquet. Times in seconds from the start of the simulation; null where something did not happen.
 */
import { requestLatencyUs } from '../metrics/latency.ts';
import { FINISH_REASONS, NO_REPLICA, type RequestTable, type Timeline } from '../record/run-record.ts';

export interface Column {
  readonly name: string;
  /** A `long` is a BigInt. */
  readonly type: 'integer' | 'long' | 'number' | 'text' | 'flag';
  readonly valueAt: (row: number) => number | bigint | string | boolean | null;
}

export interface Columns {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** What the numbers in a request's row stand for. */
export interface RequestNames {
  /** Of the classes of requests; the column is left out without them. */
  readonly classes?: readonly string[];
  /** Of each replica, the name of its pool; the column is left out without them. */
  readonly pools?: readonly string[];
}

/** One row a request, in order of arrival. */
export function requestColumns(requests: RequestTable, { classes = [], pools = [] }: RequestNames = {}): Columns {
  const latency = (metric: 'ttft' | 'tpot' | 'e2el') => (row: number) => requestLatencyUs(requests, row, metric);
  return {
    rows: requests.count,
    columns: [
      { name: 'request_id', type: 'integer', valueAt: (row) => row },
      seconds('arrival_s', at(requests.arrivalUs)),
      seconds('queued_s', at(requests.queuedUs)),
      seconds('scheduled_s', at(requests.scheduledUs)),
      seconds('first_token_s', at(requests.firstTokenUs)),
      seconds('first_answer_token_s', at(requests.firstAnswerTokenUs)),
      seconds('last_token_s', at(requests.lastTokenUs)),
      seconds('ttft_s', latency('ttft')),
      seconds('tpot_s', latency('tpot')),
      seconds('e2e_s', latency('e2el')),
      integer('prompt_tokens', requests.promptTokens),
      integer('cached_tokens', requests.cachedTokens),
      integer('thinking_tokens', requests.thinkingTokens),
      integer('output_tokens', requests.outputTokens),
      integer('wanted_tokens', requests.wantedTokens),
      integer('preemptions', requests.preemptions),
      { name: 'finish_reason', type: 'text', valueAt: (row) => FINISH_REASONS[requests.finishReason[row]!] ?? null },
      { name: 'replica', type: 'integer', valueAt: (row) => replicaOf(requests.replica[row]!) },
      ...(pools.length === 0 ? [] : [nameColumn('pool', requests.replica, pools)]),
      ...(classes.length === 0 ? [] : [nameColumn('class', requests.class, classes)]),
    ],
  };
}

/** One row an interval; means over the interval, sums where the name has no unit of its own. */
export function timelineColumns(timeline: Timeline): Columns {
  const plain = (name: string, values: Float64Array): Column => ({ name, type: 'number', valueAt: at(values) });
  return {
    rows: timeline.count,
    columns: [
      seconds('start_s', (row) => row * timeline.intervalUs),
      seconds('interval_s', () => timeline.intervalUs),
      plain('num_requests_running', timeline.running),
      plain('num_requests_waiting', timeline.waiting),
      plain('kv_cache_usage', timeline.kvUsage),
      plain('kv_cache_usage_max', timeline.kvUsageMax),
      plain('prompt_tokens', timeline.promptTokens),
      plain('output_tokens', timeline.outputTokens),
      plain('preemptions', timeline.preemptions),
      plain('steps', timeline.steps),
    ],
  };
}

function nameColumn(name: string, codes: Uint16Array, names: readonly string[]): Column {
  return { name, type: 'text', valueAt: (row) => names[codes[row]!] ?? null };
}

function replicaOf(replica: number): number | null {
  return replica === NO_REPLICA ? null : replica;
}

function at(values: ArrayLike<number>): (row: number) => number {
  return (row) => values[row]!;
}

function seconds(name: string, us: (row: number) => number): Column {
  return {
    name,
    type: 'number',
    valueAt: (row) => {
      const value = us(row);
      return Number.isNaN(value) ? null : value / 1e6;
    },
  };
}

function integer(name: string, values: ArrayLike<number>): Column {
  return { name, type: 'integer', valueAt: at(values) };
}
