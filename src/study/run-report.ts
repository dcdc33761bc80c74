/** A run's record → what reports show: measured, thinned, and described in words. */

import { serverUsdPerHour } from '../catalog/prices.ts';
import { deploymentGpus, gpusOfReplica, serverGpusText } from '../config/deployment-gpus.ts';
import { lawText } from '../config/resolve-acceptance.ts';
import type { Deployment, ResolvedRun, Speculation, Workload } from '../config/resolved.ts';
import { resolvedStudyYaml } from '../config/resolved-yaml.ts';
import { variantName } from '../config/sweep.ts';
import { formatBytes, formatCount } from '../core/units.ts';
import { runCurves } from '../metrics/curves.ts';
import { type StepTimesSource, type SummaryContext, summarize } from '../metrics/summary.ts';
import type { RunReport } from '../report/study-report.ts';
import { PACKAGE_VERSION } from './package-files.ts';
import { policyFacts } from './policy-facts.ts';
import type { RunResult } from './run.ts';

/** The report of a run. Its configuration names files relative to the study. */
export function runReport(studyName: string, result: RunResult): RunReport {
  const { run, record, outcomes, latencyNotes, traceNotes } = result;
  const { deployment } = run;
  const estimates = [...new Set([...deployment.notes.estimates, ...latencyNotes, ...outcomes.notes])];
  return {
    runId: run.run_id,
    seed: run.seed,
    variant: run.variant,
    title: variantName(run.variant) || studyName,
    summary: summarize(record, outcomes, {
      runId: run.run_id,
      seed: run.seed,
      servesimVersion: PACKAGE_VERSION,
      vllmVersion: deployment.vllm_version,
      modelId: deployment.model.hf,
      label: studyName,
      requestRate: run.workload.request_rate ?? run.workload.spec?.base_rate ?? null,
      burstiness: burstiness(run.workload),
      maxConcurrency: run.workload.max_concurrency,
      gpus: deploymentGpus(deployment),
      stepTimes: stepTimesSource(deployment, latencyNotes),
      paid: paidFor(run, record.totals.endUs),
    }),
    curves: runCurves(record, outcomes),
    configYaml: resolvedStudyYaml(run),
    notes: {
      no_effect: deployment.notes.no_effect,
      not_modelled: deployment.notes.not_modelled,
      estimates,
    },
    facts: [...deploymentFacts(deployment), ...workloadFacts(run.workload), ...traceNotes.map(traceFact)],
  };
}

/** One word or two for tables; the notes have the sentences. A table that is scaled says so in its note. */
function stepTimesSource({ latency }: Deployment, latencyNotes: readonly string[]): StepTimesSource {
  if (latency.calibration?.law.form === 'step_model') return 'step model';
  const scaled = latencyNotes.some((note) => note.includes('scaled from'));
  const kernels = latency.profile !== null ? 'profile' : scaled ? 'scaled' : 'published';
  return latency.calibration === null ? kernels : `calibrated ${kernels}`;
}

/** All servers are held on demand from the start of the run to its end. */
function paidFor({ deployment, prices }: ResolvedRun, endUs: number): NonNullable<SummaryContext['paid']> {
  const gpus = gpusOfReplica(deployment);
  const usdPerHour = serverUsdPerHour(prices.gpus[deployment.gpu.id] ?? [], gpus, 'on_demand');
  return {
    usage: [
      {
        gpu: deployment.gpu.id,
        market: 'on_demand',
        gpuHours: (deploymentGpus(deployment) * endUs) / 3.6e9,
        usdPerGpuHour: usdPerHour === null ? null : usdPerHour / gpus,
      },
    ],
    api: prices.api,
  };
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

function deploymentFacts(deployment: Deployment): { label: string; value: string }[] {
  const { model, gpu, engine, memory, replicas } = deployment;
  const tokens = (engine.num_gpu_blocks - 1) * engine.block_size;
  const cache = `${formatCount(engine.num_gpu_blocks)} blocks of ${engine.block_size} tokens = ${formatCount(tokens)} tokens`;
  return [
    { label: 'Model', value: `${model.hf}, weights ${deployment.quantization}` },
    {
      label: 'GPUs',
      value: `${replicas > 1 ? `${replicas} replicas × ` : ''}${serverGpusText(deployment, gpu.name)}`,
    },
    ...(replicas > 1 ? [{ label: 'Router', value: deployment.router }] : []),
    {
      label: 'Engine',
      value: `vLLM ${deployment.vllm_version}, ${engine.async_scheduling ? 'asynchronous' : 'synchronous'} scheduling`,
    },
    { label: 'max_model_len', value: `${formatCount(engine.max_model_len)} tokens` },
    {
      label: 'Batch limits',
      value: `${engine.max_num_seqs} sequences, ${formatCount(engine.max_num_batched_tokens)} tokens a step`,
    },
    ...speculationFacts(deployment.speculation),
    { label: 'Weights', value: `${formatBytes(memory.weightBytes)} a GPU` },
    { label: 'KV cache', value: `${cache}, ${formatBytes(memory.kvBytes)} a GPU (${memory.source})` },
  ];
}

function speculationFacts(speculation: Speculation | null): { label: string; value: string }[] {
  if (speculation === null) return [];
  const { method, draft_tokens, draft_model, acceptance } = speculation;
  const drafter = draft_model === null ? method : `${draft_model.model.hf}, weights ${draft_model.quantization}`;
  const drift =
    acceptance.factor_per_1k_tokens === 1 ? '' : `, times ${acceptance.factor_per_1k_tokens} per 1,000 output tokens`;
  const value = `${drafter}, ${draft_tokens} drafts a step; acceptance: ${lawText(acceptance)}${drift}`;
  return [{ label: 'Speculative decoding', value }];
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
