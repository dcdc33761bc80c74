/** A run's record → what reports show: measured, thinned, and described in words. */

import { MARKETS, serverUsdPerHour } from '../catalog/prices.ts';
import { deploymentGpus } from '../config/deployment-gpus.ts';
import type { Deployment, ResolvedRun, Workload } from '../config/resolved.ts';
import { runCurves } from '../metrics/curves.ts';
import { loadBatches } from '../metrics/statistics/load-batches.ts';
import { type StepTimesSource, type SummaryContext, summarize } from '../metrics/summary.ts';
import type { FleetRecord } from '../record/fleet-recorder.ts';
import type { RunReport } from '../report/study-report.ts';
import { describeRun, simulatedFacts } from './describe-run.ts';
import { PACKAGE_VERSION } from './package-files.ts';
import type { RunResult } from './run.ts';

/** The report of a run. Its configuration names files relative to the study. */
export function runReport(studyName: string, result: RunResult): RunReport {
  const { run, record, outcomes, fleet, latencyNotes } = result;
  const deployments = run.pools.map(({ deployment }) => deployment);
  return {
    ...describeRun(run, studyName, simulatedFacts(result)),
    summary: summarize(record, outcomes, {
      runId: run.run_id,
      seed: run.seed,
      servesimVersion: PACKAGE_VERSION,
      vllmVersion: run.deployment.vllm_version,
      modelId: [...new Set(deployments.map(({ model }) => model.hf))].join(', '),
      label: studyName,
      requestRate: run.workload.request_rate ?? run.workload.spec?.base_rate ?? null,
      burstiness: burstiness(run.workload),
      maxConcurrency: run.workload.max_concurrency,
      gpus: deployments.reduce((sum, each) => sum + deploymentGpus(each), 0),
      stepTimes: stepTimesOf(deployments, latencyNotes),
      paid: paidFor(run, fleet),
      fleet: isPlain(run) ? null : fleet,
    }),
    curves: runCurves(record, outcomes),
    load: loadBatches(record),
  };
}

/** Nothing can happen to the replicas. */
function isPlain({ pools }: ResolvedRun): boolean {
  return pools.length === 1 && pools[0]!.market.kind === 'on_demand' && pools[0]!.autoscale === null;
}

function stepTimesOf(deployments: readonly Deployment[], latencyNotes: readonly string[]): StepTimesSource {
  const [first, ...others] = new Set(deployments.map((each) => stepTimesSource(each, latencyNotes)));
  return others.length === 0 ? first! : 'several';
}

/** One word or two for tables; the notes have the sentences. A table that is scaled says so in its note. */
function stepTimesSource({ latency }: Deployment, latencyNotes: readonly string[]): StepTimesSource {
  if (latency.calibration?.law.form === 'step_model') return 'step model';
  const scaled = latencyNotes.some((note) => note.includes('scaled from'));
  const kernels = latency.profile !== null ? 'profile' : scaled ? 'scaled' : 'published';
  return latency.calibration === null ? kernels : `calibrated ${kernels}`;
}

/** What every pool was held for, in each market. */
function paidFor({ pools, prices }: ResolvedRun, fleet: FleetRecord): NonNullable<SummaryContext['paid']> {
  const usage = fleet.pools.flatMap(({ gpu, gpusPerReplica: gpus, gpuHours }, i) => {
    const offers = prices.gpus[pools[i]!.deployment.gpu.id] ?? [];
    return MARKETS.flatMap((market) => {
      if (gpuHours[market] === 0) return [];
      const usdPerHour = serverUsdPerHour(offers, gpus, market);
      const usdPerGpuHour = usdPerHour === null ? null : usdPerHour / gpus;
      return [{ gpu, market, gpuHours: gpuHours[market], usdPerGpuHour }];
    });
  });
  return { usage, api: prices.api };
}

/** The shape of the gamma law of gaps, where arrivals follow one; a trace follows its own. */
function burstiness({ spec }: Workload): number | null {
  switch (spec?.arrivals.process) {
    case 'poisson':
      return 1;
    case 'gamma':
      return spec.arrivals.burstiness;
    default:
      return null;
  }
}
