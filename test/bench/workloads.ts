/** The workloads of the benchmark: studies of this folder, with what each is to show. */

export interface Workload {
  readonly name: string;
  /** File in studies/. */
  readonly study: string;
  /** Settings that differ from the study's, as --set takes them. */
  readonly set: readonly string[];
  /** What it is for, in a few words. */
  readonly shows: string;
  /** Results are written, a row for every request, as with -o. */
  readonly writesResults?: true;
  /** The trace is generated first. */
  readonly needsTrace?: true;
  /** Left out by --quick. */
  readonly long?: true;
}

const requests = (count: number) => `workload.num_requests=${count}`;
const WRITE_REQUESTS = 'outputs.requests=parquet';
const HALF_RATE = 'workload.request_rate=0.25';

export const WORKLOADS: readonly Workload[] = [
  { name: 'chat-10k', study: 'chat', set: [], shows: '8B on one H100, a batch of about 20' },
  { name: 'chat-100k', study: 'chat', set: [requests(100_000)], shows: 'chat-10k for longer' },
  {
    name: 'chat-100k-results',
    study: 'chat',
    set: [requests(100_000), WRITE_REQUESTS],
    shows: 'chat-100k with a row for every request written',
    writesResults: true,
  },
  {
    name: 'reason-2k',
    study: 'reason',
    set: [],
    shows: '70B on four H100s, 10,000-token answers, more than the KV cache holds',
  },
  {
    name: 'reason-2k-fits',
    study: 'reason',
    set: [HALF_RATE],
    shows: 'reason-2k at half the rate: all that arrive run at once',
  },
  { name: 'saturated', study: 'saturated', set: [], shows: '256 run, thousands wait' },
  { name: 'kv-bound', study: 'kv-bound', set: [], shows: 'too few KV blocks: preemptions' },
  {
    name: 'prefix-heavy',
    study: 'prefix-heavy',
    set: [],
    shows: 'long shared prefixes (Mooncake-like)',
    needsTrace: true,
  },
  { name: 'speculative', study: 'speculative', set: [], shows: 'three drafts a step: no two steps alike' },
  { name: 'fleet-64', study: 'fleet', set: [], shows: '64 replicas of chat', long: true },
  {
    name: 'chat-1m',
    study: 'chat',
    set: [requests(1_000_000), WRITE_REQUESTS],
    shows: 'a million chats, a row for each written',
    writesResults: true,
    long: true,
  },
  {
    name: 'chat-1m-summary',
    study: 'chat',
    set: [requests(1_000_000)],
    shows: 'a million chats, only the summary',
    long: true,
  },
  {
    name: 'reason-100k',
    study: 'reason',
    set: [requests(100_000)],
    shows: 'reason-2k to a billion tokens',
    long: true,
  },
  {
    name: 'reason-100k-fits',
    study: 'reason',
    set: [requests(100_000), HALF_RATE],
    shows: 'reason-2k-fits to a billion tokens',
    long: true,
  },
  {
    name: 'spot-day',
    study: 'spot-day',
    set: [],
    shows: '64 spot replicas of a reasoning model for a day',
    long: true,
  },
];
