/** The numbers of one class of requests that people compare, and those of all requests that are told in the same way. */
import type { OutcomeSums } from './class-outcomes.ts';
import type { Distribution } from './distribution.ts';
import { type LatencyFields, latencyFields } from './latency-fields.ts';
import type { OutcomeGroup, Outcomes } from './outcomes.ts';
import { judgeSlo, type SloBound, type SloVerdict, sloMet } from './slo.ts';

/** How finished requests ended. Shares from 0 to 1, null where none finished. */
export interface Endings {
  /** Finished requests that ended inside their thinking phase, without a token of answer. */
  requests_without_answer: number;
  /** Finished requests that got their whole answer, and those whose answer was cut short. */
  complete: number;
  truncated: number;
  truncated_share: number | null;
  /** Output tokens of complete answers, and the thinking among them. */
  useful_output_tokens: number;
  useful_thinking_tokens: number;
}

/** Whether what was promised was kept. */
export interface Judgement {
  /** Complete answers whose latencies are all within the limits, as a share of all that arrived; null without SLO. */
  goodput_share: number | null;
  slo_met: boolean | null;
  slo: SloVerdict[];
}

/** Part of `Summary.sim`. Inter-token gaps are not told apart by class: bounds on them are judged over all gaps. */
export interface ClassSummary
  extends Endings,
    Judgement,
    LatencyFields<'ttft'>,
    LatencyFields<'tpot'>,
    LatencyFields<'ttfat'>,
    LatencyFields<'e2el'>,
    LatencyFields<'queue_time'> {
  name: string;
  requests: number;
  finished: number;
  rejected: number;
  aborted: number;
  timed_out: number;
  lost: number;
  total_input_tokens: number;
  total_output_tokens: number;
  total_thinking_tokens: number;
}

/** In the order of the study; empty without classes. `itl`: gaps between tokens of all requests. */
export function classSummaries(outcomes: Outcomes, itl: Distribution): ClassSummary[] {
  return outcomes.classes.map(({ name, slo }, index) => {
    const group = outcomes.ofClass(index);
    const { sums, latencies } = group;
    return {
      name,
      requests: sums.arrived,
      finished: sums.finished,
      rejected: sums.ended.rejected,
      aborted: sums.ended.abort,
      timed_out: sums.ended.timed_out,
      lost: sums.ended.lost,
      total_input_tokens: sums.promptTokens,
      total_output_tokens: sums.outputTokens,
      total_thinking_tokens: sums.thinkingTokens,
      ...endings(sums),
      ...latencyFields('ttft', latencies.ttft),
      ...latencyFields('tpot', latencies.tpot),
      ...latencyFields('ttfat', latencies.ttfat),
      ...latencyFields('e2el', latencies.e2el),
      ...latencyFields('queue_time', latencies.queue_time),
      ...judgement(group, slo, itl),
    };
  });
}

export function endings(sums: OutcomeSums): Endings {
  const truncated = sums.finished - sums.complete;
  return {
    requests_without_answer: sums.withoutAnswer,
    complete: sums.complete,
    truncated,
    truncated_share: sums.finished === 0 ? null : truncated / sums.finished,
    useful_output_tokens: sums.usefulOutputTokens,
    useful_thinking_tokens: sums.usefulThinkingTokens,
  };
}

/** A gap between tokens is not something that a request without tokens lacks: ITL is judged over the gaps there are. */
export function judgement(group: OutcomeGroup, bounds: readonly SloBound[], itl: Distribution): Judgement {
  const { sums, latencies } = group;
  const unserved = sums.arrived - sums.finished;
  const slo = judgeSlo(bounds, (metric) =>
    metric === 'itl'
      ? { distribution: itl, neverServed: 0 }
      : { distribution: latencies[metric], neverServed: unserved + (metric === 'ttfat' ? sums.withoutAnswer : 0) },
  );
  return { goodput_share: goodputShare(group), slo_met: sloMet(slo), slo };
}

export function goodputShare({ sums, hasLimits }: OutcomeGroup): number | null {
  return !hasLimits || sums.arrived === 0 ? null : sums.good / sums.arrived;
}
