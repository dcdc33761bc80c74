import { describe, expect, test } from 'vitest';
import { emptyTimeline, histogram, type Row, recordOf, summaryOf, syntheticRecord } from '../report/fixture.ts';

const ROWS: Row[] = [
  {
    arrivalUs: 1_000_000,
    queuedUs: 1_000_000,
    scheduledUs: 1_000_000,
    firstTokenUs: 1_100_000,
    firstAnswerTokenUs: 1_140_000,
    lastTokenUs: 1_300_000,
    promptTokens: 100,
    thinkingTokens: 2,
    outputTokens: 11,
    finish: 'stop',
  },
  {
    arrivalUs: 2_000_000,
    queuedUs: 2_000_000,
    scheduledUs: 2_200_000,
    firstTokenUs: 2_300_000,
    lastTokenUs: 3_000_000,
    promptTokens: 50,
    thinkingTokens: 8,
    outputTokens: 8,
    wantedTokens: 20,
    preemptions: 2,
    finish: 'length',
  },
  { arrivalUs: 2_500_000, promptTokens: 999, finish: 'rejected' },
];

const record = recordOf(ROWS, {
  timeline: emptyTimeline(4),
  interTokenUs: histogram({ 20000: 10, 100000: 7 }),
  totals: {
    endUs: 4_000_000,
    busyUs: 2_000_000,
    replicas: 2,
    cores: 2,
    steps: 17,
    stepsRunAhead: 5,
    scheduledTokens: 170,
    preemptions: 2,
    prefixQueryTokens: 150,
    prefixHitTokens: 30,
    peakConcurrency: 2,
    maxOutputTokensPerS: 0,
  },
});

describe('summarize', () => {
  const summary = summaryOf(record, {
    gpus: 4,
    slo: [
      { metric: 'ttft', statistic: 'p99', limit_us: 200_000 },
      { metric: 'itl', statistic: 'mean', limit_us: 60_000 },
    ],
  });

  test('counts requests and tokens of finished requests only', () => {
    expect([summary.num_prompts, summary.completed, summary.failed]).toEqual([3, 2, 1]);
    expect([summary.total_input_tokens, summary.total_output_tokens]).toEqual([150, 19]);
  });

  test('the duration runs from the first arrival to the last token, and rates refer to it', () => {
    expect(summary.duration).toBe(2);
    expect(summary.request_throughput).toBe(1);
    expect(summary.output_throughput).toBe(9.5);
    expect(summary.total_token_throughput).toBe(84.5);
  });

  test('latencies are in milliseconds with the statistics of vllm bench serve', () => {
    // TTFT 100 and 300 ms; TPOT 20 and 100 ms; E2EL 300 and 1000 ms.
    expect([summary.mean_ttft_ms, summary.median_ttft_ms, summary.std_ttft_ms]).toEqual([200, 200, 100]);
    expect(summary.p99_ttft_ms).toBeCloseTo(298, 9);
    expect([summary.mean_tpot_ms, summary.p50_tpot_ms]).toEqual([60, 60]);
    expect(summary.p90_e2el_ms).toBeCloseTo(930, 9);
    expect(summary.mean_itl_ms).toBeCloseTo((10 * 20 + 7 * 100) / 17, 9);
  });

  test('the SLO is compared bound by bound', () => {
    expect(summary.sim.slo.map(({ metric, limit_ms, met }) => [metric, limit_ms, met])).toEqual([
      ['ttft', 200, false],
      ['itl', 60, true],
    ]);
    expect(summary.sim.slo[0]!.measured_ms).toBeCloseTo(298, 9);
    expect(summary.sim.slo_met).toBe(false);
  });

  test('the SLO counts the refused request as infinitely late, but not for gaps between tokens', () => {
    const counts = summary.sim.slo.map((verdict) => [verdict.requests_never_served, verdict.judged_ms]);
    expect(counts).toEqual([
      [1, null],
      [0, summary.mean_itl_ms],
    ]);
  });

  test('for TTFAT, a request that ended before its answer is infinitely late too', () => {
    const slo = [{ metric: 'ttfat' as const, statistic: 'p50' as const, limit_us: 1e12 }];
    expect(summaryOf(record, { slo }).sim.slo[0]).toMatchObject({ requests_never_served: 2, met: false });
  });

  test('the most requests in a second and at one moment are two numbers', () => {
    // The first runs from 1.0 s to 1.3 s, the second from 2.0 s to 3.0 s: seconds 0, and 1 to 2, after the first start.
    expect([summary.max_concurrent_requests, summary.sim.peak_concurrency]).toEqual([1, 2]);
  });

  test('refusals are told apart where max_model_len is known', () => {
    expect(summary.sim.rejected_prompt_too_long).toBeNull();
    expect(summaryOf(record, { maxModelLen: 999 }).sim.rejected_prompt_too_long).toBe(1);
    expect(summaryOf(record, { maxModelLen: 1000 }).sim.rejected_prompt_too_long).toBe(0);
  });

  test('goodput is a rate over the duration and a share of all that arrived', () => {
    expect(summary.request_goodput).toBe(0.5);
    expect(summary.sim.goodput_share).toBeCloseTo(1 / 3, 12);
  });

  test('a cut answer is truncated, and none of its tokens is useful', () => {
    const { complete, truncated, truncated_share, useful_output_tokens, useful_thinking_tokens } = summary.sim;
    expect([complete, truncated, truncated_share]).toEqual([1, 1, 0.5]);
    expect([useful_output_tokens, useful_thinking_tokens]).toEqual([11, 2]);
  });

  test('sim tells of queueing, thinking, preemption, prefix hits and load', () => {
    const { sim } = summary;
    expect(sim.mean_queue_time_ms).toBe(100);
    expect([sim.total_thinking_tokens, sim.requests_without_answer, sim.mean_ttfat_ms]).toEqual([10, 1, 140]);
    expect([sim.preemptions, sim.preempted_requests]).toEqual([2, 1]);
    expect([sim.prefix_cache_hit_rate, sim.busy_share, sim.tokens_per_step]).toEqual([0.2, 0.25, 10]);
    expect([sim.steps, sim.steps_walked]).toEqual([17, 12]);
    expect([sim.replicas, sim.gpus, sim.simulated_s]).toEqual([2, 4, 4]);
    expect(sim.conservation).toEqual({
      arrived: 3,
      finished: 2,
      rejected: 1,
      aborted: 0,
      timed_out: 0,
      lost: 0,
      waiting: 0,
      running: 0,
      kv_blocks_in_use: 0,
    });
  });
});

test('the field names and their order are those of vllm bench serve', () => {
  const names = Object.keys(summaryOf(record));
  const latency = ['ttft', 'tpot', 'itl', 'e2el'].flatMap((metric) =>
    ['mean', 'median', 'std', 'p50', 'p90', 'p95', 'p99'].map((statistic) => `${statistic}_${metric}_ms`),
  );
  expect(names).toEqual([
    ...['endpoint_type', 'backend', 'label', 'model_id', 'tokenizer_id', 'num_prompts'],
    ...['request_rate', 'burstiness', 'max_concurrency'],
    ...['duration', 'completed', 'failed', 'total_input_tokens', 'total_output_tokens', 'request_throughput'],
    ...[
      'request_goodput',
      'output_throughput',
      'total_token_throughput',
      'max_output_tokens_per_s',
      'max_concurrent_requests',
    ],
    ...latency,
    ...['spec_decode_acceptance_rate', 'spec_decode_acceptance_length', 'spec_decode_num_drafts'],
    ...['spec_decode_draft_tokens', 'spec_decode_accepted_tokens', 'spec_decode_per_position_acceptance_rates'],
    'sim',
  ]);
});

test('a run without requests has nulls, not NaN', () => {
  const summary = summaryOf(recordOf([]), { slo: [{ metric: 'ttft', statistic: 'p99', limit_us: 1 }] });
  expect(JSON.stringify(summary)).not.toContain('NaN');
  expect([summary.duration, summary.request_throughput, summary.mean_ttft_ms, summary.sim.busy_share]).toEqual([
    0,
    null,
    null,
    null,
  ]);
  expect([summary.sim.slo[0]!.met, summary.sim.slo_met, summary.sim.goodput_share]).toEqual([null, null, null]);
});

test('every number of an ordinary run is finite', () => {
  const check = (value: unknown): void => {
    if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(check);
  };
  check(summaryOf(syntheticRecord({ thinking: true, refused: 0.05 })));
});
