/** A run's record → what reports show: measured, thinned, and described in words. */

import { MARKETS, serverUsdPerHour } from '../catalog/prices.ts';
import { deploymentGpus } from '../config/deployment-gpus.ts';
import type { Deployment, ResolvedRun, Workload } from '../config/resolved.ts';
import { resolvedStudyYaml } from '../config/resolved-yaml.ts';
import { variantName } from '../config/sweep.ts';
import { formatCount } from '../core/units.ts';
import { runCurves } from '../metrics/curves.ts';
import { type StepTimesSource, type SummaryContext, summarize } from '../metrics/summary.ts';
import type { FleetRecord } from '../record/fleet-recorder.ts';
import type { RunReport } from '../report/study-report.ts';
import { fleetFacts } from './fleet-facts.ts';
import { PACKAGE_VERSION } from './package-files.ts';
import { policyFacts } from './policy-facts.ts';
import type { RunResult } from './run.ts';

/** The report of a run. Its configuration names files relative to the study. */
export function runReport(studyName: string, result: RunResult): RunReport {
  const { run, record, outcomes, fleet, latencyNotes, traceNotes } = result;
  const { pools } = run;
  const deployments = pools.map(({ deployment }) => deployment);
  const notes = (kind: keyof Deployment['notes']) => [...new Set(deployments.flatMap((each) => each.notes[kind]))];
  return {
    runId: run.run_id,
    seed: run.seed,
    variant: run.variant,
    title: variantName(run.variant) || studyName,
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
    configYaml: resolvedStudyYaml(run),
    notes: {
      no_effect: notes('no_effect'),
      not_modelled: notes('not_modelled'),
      estimates: [...new Set([...notes('estimates'), ...latencyNotes, ...outcomes.notes])],
    },
    facts: [...fleetFacts(run), ...workloadFacts(run.workload), ...traceNotes.map(traceFact)],
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

function workloadFacts(workload: Workload): { label: string; value: string }[] {
  const limits = [
    workload.request_rate === null ? null : `${workload.request_rate} requests/s`,
    workload.num_requests === null ? null : `${formatCount(workload.num_requests)} requests`,
    workload.duration_s === null ? null : `${workload.duration_s} s`,
    workload.max_concurrency === null ? null : `at most ${workload.max_concurrency} in flight`,
    workload.max_tokens === null ? null : `max_tokens ${workload.max_tokens}`,
  ].filter((part) => part !== null);
  const name = workload.trace === null ? workload.name : `trace ${workload.trace.path}`;
  const facts = [{ label: 'Workload', value: [name, ...limits].join(', ') }];
  if (workload.spec?.source) facts.push({ label: 'Workload from', value: workload.spec.source });
  return [...facts, ...policyFacts(workload)];
}

/** `label: value` lines of a trace's description. */
function traceFact(line: string): { label: string; value: string } {
  return { label: 'Trace', value: line };
}
