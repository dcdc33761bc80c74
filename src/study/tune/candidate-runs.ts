/**
 * The runs of candidates: what a search asks for is simulated with the first seeds of the list, and answered with the values of the constraints'
 * metrics. Every candidate has the same seeds, and so the same requests. Asked the same again, it gives the same answers, from
 * run folders where they are kept.
 */
import type { ResolvedRun, ResolvedStudy, TuneSettings } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import type { Metric } from '../../metrics/metric-names.ts';
import type { MeasuredRun } from '../../metrics/statistics/estimates.ts';
import type { Measured, Probe } from '../../metrics/statistics/targets.ts';
import type { RunReport } from '../../report/study-report.ts';
import type { OpenStudy } from '../open-study.ts';
import type { Runner } from '../runner.ts';
import { measuredVariant } from '../statistics/measured-runs.ts';
import { prepareVariants } from '../statistics/study-statistics-of.ts';
import type { StudyVariant } from '../statistics/study-variants.ts';
import type { Candidate } from './candidates.ts';
import type { TuneMetrics } from './tune-metrics.ts';

/** What is known of a candidate that was tried. */
export interface CandidateRuns {
  readonly reports: readonly RunReport[];
  /** Values by metric, a run each, in the order of the seeds. */
  readonly runs: readonly MeasuredRun[];
  /** Why its figures do not count; null: they do. */
  readonly refusal: string | null;
  /** Its queue grows: figures of a steady state are withheld. */
  readonly isGrowing: boolean;
}

/** How far a search is. */
export interface TuneProgress {
  /** Names of the candidates under way, and how many replications each is asked for. */
  readonly candidates: readonly string[];
  readonly seeds: number;
  /** Runs finished before. */
  readonly runsBefore: number;
}

export interface Laboratory {
  readonly study: Pick<OpenStudy, 'resolved' | 'withSettings'>;
  readonly tune: TuneSettings;
  readonly metrics: TuneMetrics;
  readonly runner: Pick<Runner, 'run' | 'requests'>;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Of a candidate, for people. */
  readonly nameOf: (candidate: Candidate) => string;
}

/** Answers a search over these candidates, and remembers what it measured. */
export class CandidateLaboratory {
  private readonly known = new Map<Candidate, CandidateRuns>();
  private readonly candidates: readonly Candidate[];
  private readonly inputs: Laboratory;
  /** What a row of answers has: the constraints' metrics, and the objective if there is one. */
  private readonly asked: readonly Metric[];

  constructor(candidates: readonly Candidate[], inputs: Laboratory) {
    this.candidates = candidates;
    this.inputs = inputs;
    const { constraints, objective } = inputs.metrics;
    this.asked = [...constraints.map(({ metric }) => metric), ...(objective === null ? [] : [objective])];
  }

  /** Null for a candidate that was not tried. */
  of(candidate: Candidate): CandidateRuns | null {
    return this.known.get(candidate) ?? null;
  }

  /** Runs of all candidates. */
  get runsNeeded(): number {
    return [...this.known.values()].reduce((sum, { reports }) => sum + reports.length, 0);
  }

  async answer(probes: readonly Probe[]): Promise<Measured[]> {
    const { onProgress, nameOf } = this.inputs;
    onProgress?.({
      candidates: probes.map(({ candidate }) => nameOf(this.candidates[candidate]!)),
      seeds: Math.max(...probes.map(({ to }) => to)),
      runsBefore: this.runsNeeded,
    });
    const wanted = probes.map(({ candidate, from, to }) => this.runsOf(this.candidates[candidate]!, from, to));
    const reports = await this.simulated(wanted);
    const measured: Measured[] = [];
    // One after the other: each holds the request tables of a candidate.
    for (const [i, probe] of probes.entries()) measured.push(await this.measured(probe, reports[i]!));
    return measured;
  }

  private runsOf(candidate: Candidate, from: number, to: number): ResolvedRun[] {
    const { study, tune, nameOf } = this.inputs;
    const { runs } = study.withSettings(candidate.settings, tune.seeds.slice(from, to));
    const called = { variant: candidate.settings, variant_name: candidate.name, title: nameOf(candidate) };
    return runs.map((run) => ({ ...run, ...called }));
  }

  /** All at once; where one cannot be simulated, candidate by candidate, with the message in place of its reports. */
  private async simulated(wanted: readonly (readonly ResolvedRun[])[]): Promise<(readonly RunReport[] | string)[]> {
    const { runner } = this.inputs;
    try {
      const reports = await runner.run(wanted.flat());
      const firsts = wanted.map((_, i) => wanted.slice(0, i).reduce((sum, { length }) => sum + length, 0));
      return wanted.map(({ length }, i) => reports.slice(firsts[i], firsts[i]! + length));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const found: (readonly RunReport[] | string)[] = [];
      for (const runs of wanted) found.push(await runner.run(runs).catch(messageOf));
      // Nothing was simulated at all: it is the study that is at fault, and not one of its candidates.
      if (this.known.size === 0 && found.every((each) => typeof each === 'string')) throw error;
      return found;
    }
  }

  private async measured(
    { candidate: index, from, to }: Probe,
    found: readonly RunReport[] | string,
  ): Promise<Measured> {
    const candidate = this.candidates[index]!;
    const before = this.known.get(candidate);
    if (typeof found === 'string') {
      this.known.set(candidate, { reports: [], runs: [], isGrowing: false, ...before, refusal: found });
      return { rows: Array.from({ length: to - from }, () => this.asked.map(() => Number.NaN)), refusal: found };
    }
    const now = await this.measuredRuns(candidate, [...(before?.reports ?? []), ...found]);
    this.known.set(candidate, now);
    const rows = now.runs.slice(from, to).map(({ values }) => this.asked.map(({ name }) => values[name] ?? Number.NaN));
    return { rows, refusal: now.refusal };
  }

  private async measuredRuns(candidate: Candidate, reports: readonly RunReport[]): Promise<CandidateRuns> {
    const { study, runner, metrics } = this.inputs;
    const { slo, workload } = candidate.run!;
    const variant: StudyVariant = {
      variant: candidate.settings,
      runs: reports,
      options: { slo, classes: workload.classes },
    };
    const requests = (runId: string) => runner.requests(runId);
    const { verdicts, firstRows } = await prepareVariants(study.resolved, [variant], requests);
    const { runs } = await measuredVariant(variant, metrics.shown, firstRows[0]!, requests, false);
    const stuck = reports.find(({ summary }) => summary.sim.stuck !== null)?.summary.sim.stuck ?? null;
    const isGrowing = verdicts[0]?.verdict === 'growing';
    const growth = isGrowing && this.asked.some(({ isOfSteadyState }) => isOfSteadyState) ? verdicts[0]!.because : null;
    return { reports, runs, isGrowing, refusal: stuck ?? growth };
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof InputError)) throw error;
  return error.message;
}

/** Throws InputError where a search cannot use what the study asks of its statistics. */
export function checkWarmUpOfSearch({ warm_up }: Pick<ResolvedStudy, 'warm_up'>): void {
  if (warm_up.kind === 'mser_5')
    throw new InputError(
      'warm_up: mser-5 is found over all replications of a candidate, which a search adds while it decides; expected none or a time, such as 5m.',
    );
}
