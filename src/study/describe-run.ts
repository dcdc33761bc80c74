/**
 * A run in words: its variant, its configuration, and what the reader of its figures must know. All of it follows from the plan and from the
 * few notes that only the simulation could make, so that a finished run can be described again when its study calls it something else.
 */
import type { Deployment, ResolvedRun, Workload } from '../config/resolved.ts';
import { resolvedStudyYaml } from '../config/resolved-yaml.ts';
import { formatCount } from '../core/units.ts';
import type { RunReport } from '../report/study-report.ts';
import { fleetFacts } from './fleet-facts.ts';
import { policyFacts } from './policy-facts.ts';
import type { RunResult } from './run.ts';

/** What only the simulation knows. */
export interface SimulatedFacts {
  /** What the figures rest on. */
  readonly notes: readonly string[];
  /** What was read of a trace. */
  readonly trace: readonly string[];
}

export function simulatedFacts({ latencyNotes, outcomes, traceNotes }: RunResult): SimulatedFacts {
  return { notes: [...latencyNotes, ...outcomes.notes], trace: traceNotes };
}

export type RunDescription = Pick<
  RunReport,
  'runId' | 'seed' | 'variant' | 'variantName' | 'title' | 'configYaml' | 'notes' | 'facts'
>;

/** Its configuration names files relative to the study. */
export function describeRun(run: ResolvedRun, studyName: string, simulated: SimulatedFacts): RunDescription {
  const deployments = run.pools.map(({ deployment }) => deployment);
  const notes = (kind: keyof Deployment['notes']) => [...new Set(deployments.flatMap((each) => each.notes[kind]))];
  return {
    runId: run.run_id,
    seed: run.seed,
    variant: run.variant,
    variantName: run.variant_name,
    title: run.title || studyName,
    configYaml: resolvedStudyYaml(run),
    notes: {
      no_effect: notes('no_effect'),
      not_modelled: notes('not_modelled'),
      estimates: [...new Set([...notes('estimates'), ...simulated.notes])],
    },
    facts: [...fleetFacts(run), ...workloadFacts(run.workload), ...simulated.trace.map(traceFact)],
  };
}

function workloadFacts(workload: Workload): { label: string; value: string }[] {
  const limits = [
    workload.request_rate === null ? null : `${workload.request_rate} requests/s`,
    workload.num_requests === null ? null : `${formatCount(workload.num_requests)} requests`,
    workload.duration_s === null ? null : `${workload.duration_s} s`,
    workload.max_concurrency === null ? null : `at most ${workload.max_concurrency} in flight`,
    workload.max_sessions === null ? null : `at most ${workload.max_sessions} sessions at once`,
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
