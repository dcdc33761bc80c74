/** What became of the requests of one class: counts and tokens by how they ended, and the latencies of those that finished. */
import type { RequestSink } from '../record/request-sink.ts';
import { FINISH_REASONS, type FinishReason, type RequestRows } from '../record/run-record.ts';
import { isGood, type RequestLimits } from './goodput.ts';
import { isComplete, isFinished, queueTimeUs, type RequestLatency, requestLatencyUs } from './latency.ts';
import { LatencyValues } from './latency-values.ts';

/** Sums over the requests of a class, or of several. */
export interface OutcomeSums {
  arrived: number;
  /** How many ended in each way. */
  ended: Record<FinishReason, number>;
  /** Refused because the prompt does not fit. */
  promptTooLong: number;
  finished: number;
  /** Of the finished ones, those whose answers are whole; the others were cut short. */
  complete: number;
  /** Finished requests that ended inside their thinking phase. */
  withoutAnswer: number;
  /** Complete ones within the limits of their class's SLO, if it has any. */
  good: number;
  /** Of finished requests. */
  promptTokens: number;
  outputTokens: number;
  thinkingTokens: number;
  /** Of complete answers. */
  usefulOutputTokens: number;
  usefulThinkingTokens: number;
}

/** The latencies that a finished request has one of. */
export const VALUES = ['ttft', 'tpot', 'e2el', 'ttfat', 'queue_time'] as const;
export type ValueName = (typeof VALUES)[number];

export class ClassOutcomes implements RequestSink {
  readonly sums = emptySums();
  private readonly limitsUs: RequestLimits | null;
  private readonly maxModelLenOf: (replica: number) => number;
  private readonly values: Record<Exclude<ValueName, 'ttfat'>, LatencyValues>;
  /** null: so far no request's time to the first answer token differs from that to the first. */
  private ttfat: LatencyValues | null = null;

  /** `maxModelLenOf` a replica: a prompt has to be shorter. `mostExact`: values of a latency that are kept as they are. */
  constructor(limitsUs: RequestLimits | null, maxModelLenOf: (replica: number) => number, mostExact: number) {
    this.limitsUs = limitsUs;
    this.maxModelLenOf = maxModelLenOf;
    const values = () => new LatencyValues(mostExact);
    this.values = { ttft: values(), tpot: values(), e2el: values(), queue_time: values() };
  }

  /** Whether a single request can be good or not. */
  get hasLimits(): boolean {
    return this.limitsUs !== null;
  }

  valuesOf(name: ValueName): LatencyValues {
    return name === 'ttfat' ? (this.ttfat ?? this.values.ttft) : this.values[name];
  }

  arrived(): void {
    this.sums.arrived++;
  }

  ended(requests: RequestRows, row: number): void {
    const { sums } = this;
    const reason = FINISH_REASONS[requests.finishReason[row]!]!;
    sums.ended[reason]++;
    if (isFinished(requests, row)) this.finished(requests, row);
    else if (reason === 'rejected' && this.isTooLong(requests, row)) sums.promptTooLong++;
  }

  private isTooLong({ promptTokens, replica }: RequestRows, row: number): boolean {
    return promptTokens[row]! >= this.maxModelLenOf(replica[row]!);
  }

  private finished(requests: RequestRows, row: number): void {
    const { sums } = this;
    const outputTokens = requests.outputTokens[row]!;
    const thinkingTokens = requests.thinkingTokens[row]!;
    sums.finished++;
    sums.promptTokens += requests.promptTokens[row]!;
    sums.outputTokens += outputTokens;
    sums.thinkingTokens += thinkingTokens;
    if (isComplete(requests, row)) {
      sums.complete++;
      sums.usefulOutputTokens += outputTokens;
      sums.usefulThinkingTokens += thinkingTokens;
      if (isGood(requests, row, this.limitsUs)) sums.good++;
    }
    this.addLatencies(requests, row);
  }

  private addLatencies(requests: RequestRows, row: number): void {
    const { ttft, tpot, e2el, queue_time } = this.values;
    const of = (metric: RequestLatency) => requestLatencyUs(requests, row, metric);
    const [ttftUs, ttfatUs] = [of('ttft'), of('ttfat')];
    if (Number.isNaN(ttfatUs)) this.sums.withoutAnswer++;
    if (this.ttfat === null && ttfatUs !== ttftUs) this.ttfat = ttft.copy();
    this.ttfat?.add(ttfatUs);
    ttft.add(ttftUs);
    tpot.add(of('tpot'));
    e2el.add(of('e2el'));
    queue_time.add(queueTimeUs(requests, row));
  }
}

export function emptySums(): OutcomeSums {
  const ended = Object.fromEntries(FINISH_REASONS.map((reason) => [reason, 0])) as Record<FinishReason, number>;
  return {
    arrived: 0,
    ended,
    promptTooLong: 0,
    finished: 0,
    complete: 0,
    withoutAnswer: 0,
    good: 0,
    promptTokens: 0,
    outputTokens: 0,
    thinkingTokens: 0,
    usefulOutputTokens: 0,
    usefulThinkingTokens: 0,
  };
}

/** The sums of several classes together. */
export function addedSums(parts: readonly OutcomeSums[]): OutcomeSums {
  const total = emptySums();
  const names = Object.keys(total).filter((name): name is Exclude<keyof OutcomeSums, 'ended'> => name !== 'ended');
  for (const part of parts) {
    for (const name of names) total[name] += part[name];
    for (const reason of FINISH_REASONS) total.ended[reason] += part.ended[reason];
  }
  return total;
}
