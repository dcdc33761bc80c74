/**
 * A search against brute force: every candidate is simulated with many seeds by `runOne` alone, and the answer is worked out here from the means.
 */
import { describe, expect, it } from 'vitest';
import type { Summary } from '../../../src/metrics/summary.ts';
import type { TuneCandidateReport } from '../../../src/report/tune/tune-report.ts';
import type { OpenStudy } from '../../../src/study/open-study.ts';
import { runReport } from '../../../src/study/run-report.ts';
import { tunePlan, tuneStudy } from '../../../src/study/tune/tune-study.ts';
import { memoryRunner, opened, simulated } from './support.ts';

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

interface Means {
  readonly [name: string]: number;
}

/** Means of figures over all seeds, with settings in place. */
async function bruteForce(
  study: OpenStudy,
  settings: Record<string, unknown>,
  figures: Readonly<Record<string, (summary: Summary) => number>>,
): Promise<Means> {
  const summaries: Summary[] = [];
  for (const run of study.withSettings(settings, SEEDS).runs)
    summaries.push(runReport('brute force', await simulated(study, run)).summary);
  return Object.fromEntries(
    Object.entries(figures).map(([name, of]) => [
      name,
      summaries.reduce((sum, summary) => sum + of(summary), 0) / summaries.length,
    ]),
  );
}

async function tuned(study: OpenStudy) {
  return tuneStudy(study, tunePlan(study, 'study.yaml'), memoryRunner(study));
}

/** Nobody is as good in latency, throughput and cost and better in one, compared pair by pair. */
function frontOf(rows: readonly TuneCandidateReport[]): string[] {
  const costs = rows.map(({ estimates: of }) => {
    const [latency, throughput, usd] = [of.ttft_p99, of.output_throughput, of.usd_per_hour];
    return latency == null || throughput == null || usd == null ? null : [latency.mean, -throughput.mean, usd.mean];
  });
  const beats = (a: readonly number[], b: readonly number[]) =>
    a.every((cost, i) => cost <= b[i]!) && a.some((cost, i) => cost < b[i]!);
  return rows
    .filter((_, i) => costs[i] !== null && !costs.some((other) => other !== null && beats(other, costs[i]!)))
    .map(({ name }) => name);
}

describe('servesim tune finds what brute force finds', () => {
  it('the smallest max_model_len that cuts at most 5 % of the answers short', async () => {
    const candidates = [512, 1024, 2048, 3072, 4096, 8192];
    const study = opened(`
deployment: { model: qwen3-8b, gpu: h100-sxm }
workload:
  synthetic: { lengths: { input: 100, output: { lognormal: { mean: 800, sigma: 0.9 } } } }
  request_rate: 4
  num_requests: 150
tune:
  smallest: deployment.max_model_len
  candidates: [${candidates}]
  constraints: { truncated: "<= 5%" }
`);
    const truncated = await Promise.all(
      candidates.map((value) =>
        bruteForce(study, { 'deployment.max_model_len': value }, { share: ({ sim }) => sim.truncated_share! }),
      ),
    );
    const exact = candidates.find((_, i) => truncated.slice(i).every(({ share }) => share! <= 0.05))!;
    const { best, next } = await tuned(study);
    expect(best).toBe(String(exact));
    expect(next).toBe(String(candidates[candidates.indexOf(exact) - 1]));
  });

  it('the highest rate with 95 % goodput, whose queue does not grow', async () => {
    const study = opened(`
deployment: { model: qwen3-8b, gpu: l40s, max_model_len: 4096, max_num_seqs: 8 }
workload:
  synthetic: { lengths: { input: 200, output: { uniform: { min: 50, max: 150 } } } }
  request_rate: 1
  num_requests: 150
slo: { ttft_p99: 1s }
tune:
  highest: workload.request_rate
  candidates: { from: 0.5, to: 8, precision: 40% }
  search: bisection
  constraints: { goodput: ">= 95%" }
`);
    const { candidates } = tunePlan(study, 'study.yaml');
    const goodputs: number[] = [];
    for (const { settings } of candidates)
      goodputs.push((await bruteForce(study, settings, { share: ({ sim }) => sim.goodput_share! })).share!);
    const first = goodputs.findIndex((share) => share < 0.95);
    // The border lies inside, or the problem would be none.
    expect(first).toBeGreaterThan(1);
    const { best, candidates: rows } = await tuned(study);
    expect(best).toBe(String(candidates[first - 1]!.value));
    expect(rows.filter(({ state }) => state === 'tried').length).toBeLessThan(candidates.length);
  });

  it('the cheapest of GPUs, tensor parallelism and batch limits that keeps the SLO', async () => {
    const study = opened(`
deployment: { model: qwen3-8b, gpu: h100-sxm, max_model_len: 4096 }
workload:
  synthetic: { lengths: { input: 200, output: { uniform: { min: 50, max: 150 } } } }
  request_rate: 12
  num_requests: 120
slo: { ttft_p99: 1s }
prices: { gpu: { l40s: { on_demand: 0.8 }, h100-sxm: { on_demand: 2.4 } } }
tune:
  cheapest:
    deployment.gpu: [l40s, h100-sxm]
    deployment.tensor_parallel_size: [1, 2]
    deployment.max_num_seqs: [4, 32]
`);
    const { candidates, nameOf } = tunePlan(study, 'study.yaml');
    const measured: { name: string; goodput: number; usd: number }[] = [];
    for (const candidate of candidates) {
      const { goodput, usd } = await bruteForce(study, candidate.settings, {
        goodput: ({ sim }) => sim.goodput_share!,
        usd: ({ sim }) => sim.money!.usd_per_hour!,
      });
      measured.push({ name: nameOf(candidate), goodput: goodput!, usd: usd! });
    }
    const meeting = measured.filter(({ goodput }) => goodput >= 0.99).sort((a, b) => a.usd - b.usd);
    // Some keep the SLO and some do not, and the cheapest of all does not.
    expect(meeting.length).toBeGreaterThan(1);
    expect(Math.min(...measured.map(({ usd }) => usd))).toBeLessThan(meeting[0]!.usd);
    const { best, tied, candidates: rows } = await tuned(study);
    const least = meeting.filter(({ usd }) => usd < meeting[0]!.usd * 1.000001).map(({ name }) => name);
    expect([best, ...tied].sort()).toEqual(least.sort());
    expect(frontOf(rows)).toEqual(rows.filter(({ pareto }) => pareto === 'front').map(({ name }) => name));
  });
});
