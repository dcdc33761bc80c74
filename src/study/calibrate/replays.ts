/** Measured runs replayed with a candidate law, and how far off the replays are. */
import type { Calibration, CalibrationLaw } from '../../catalog/calibration.ts';
import type { LatencySettings, ResolvedRun } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import {
  COMPARED_METRICS,
  compareRuns,
  type ErrorCell,
  type ErrorTable,
  latencyColumn,
  type RequestLatencies,
} from '../../metrics/error-table.ts';
import { keptRequests } from '../../record/run-record.ts';
import { measuredLatencies } from '../validate/latencies.ts';
import { type OpenValidation, replay } from '../validate/replay.ts';

/** Requests of one run that a law is fitted to or scored on. */
export interface Part {
  readonly run: number;
  /** Which of its requests, by index. */
  readonly includes: (request: number) => boolean;
  /** How many. */
  readonly requests: number;
  /** `B1.json`, `B1.json, even ids`. */
  readonly name: string;
}

/** A law and what it adds to the front end. */
export interface Candidate {
  readonly law: CalibrationLaw;
  /** null: the study's. */
  readonly frontEndUs: number | null;
}

interface Outcome {
  readonly latencies: RequestLatencies;
  readonly preemptions: number;
  /** Requests that the replay refused or cut short, though the server served them. */
  readonly shortened: number;
  /** Of a step, microseconds. */
  readonly meanStepUs: number;
  /** Largest share of the KV cache in use, and of `max_num_seqs`. */
  readonly fullness: number;
}

export class Replays {
  readonly runs: readonly OpenValidation[];
  /** Replays simulated so far. */
  simulated = 0;
  private readonly measured: readonly RequestLatencies[];
  private readonly outcomes = new Map<string, Outcome>();
  private readonly onReplay: (simulated: number) => void;

  constructor(runs: readonly OpenValidation[], onReplay: (simulated: number) => void = () => {}) {
    this.runs = runs;
    this.measured = runs.map(({ measured, measuredFile }) => measuredLatencies(measured, 'arrival', measuredFile));
    this.onReplay = onReplay;
  }

  /** Errors over the requests of one part; null as the law: as the study stands. At least one cell. */
  async errors(part: Part, candidate: Candidate | null): Promise<ErrorTable> {
    const { latencies } = await this.outcome(part.run, candidate);
    const table = compareRuns(this.measured[part.run]!, latencies, part.includes);
    if (table.cells.every(({ errorPercent }) => Number.isFinite(errorPercent)) && table.cells.length > 0) return table;
    throw new InputError(
      `${part.name}: there is no latency to compare: its ${part.requests} requests did not finish in the replay, or were ` +
        'measured as 0. Expected the run of a server that the study describes.',
    );
  }

  /**
   * Logarithms of simulated over measured by part, latency and request; 0 where there is nothing to compare. Smoother in
   * the law than quantiles are, which jump from one request to the next.
   */
  async residuals(parts: readonly Part[], candidate: Candidate): Promise<number[]> {
    const residuals: number[] = [];
    for (const { run, includes } of parts) {
      const { latencies } = await this.outcome(run, candidate);
      for (const metric of COMPARED_METRICS) {
        const [simulated, measured] = [latencyColumn(latencies, metric), latencyColumn(this.measured[run]!, metric)];
        for (let i = 0; i < measured.length; i++) {
          const ratio = includes(i) ? Math.log(simulated[i]! / measured[i]!) : 0;
          residuals.push(Number.isFinite(ratio) ? ratio : 0);
        }
      }
    }
    return residuals;
  }

  /** Mean over the parts of the mean |log error| over the cells. */
  async score(parts: readonly Part[], candidate: Candidate): Promise<number> {
    let sum = 0;
    for (const part of parts) {
      const { cells } = await this.errors(part, candidate);
      sum += cells.reduce((total, cell) => total + Math.abs(logRatio(cell)), 0) / cells.length;
    }
    return sum / parts.length;
  }

  /** A replay of one run; the same law is simulated once. */
  async outcome(run: number, candidate: Candidate | null): Promise<Outcome> {
    const key = `${run} ${JSON.stringify(candidate === null ? null : [candidate.law, candidate.frontEndUs])}`;
    const known = this.outcomes.get(key);
    if (known !== undefined) return known;
    this.onReplay(this.simulated++);
    const { run: study, inputs } = this.runs[run]!;
    const { ttftUs, tpotUs, e2elUs, preemptions, result } = await replay(
      candidate === null ? study : withLaw(study, candidate),
      inputs,
    );
    const { totals, timeline } = result.record;
    const { outputTokens } = keptRequests(result.record);
    const outcome = {
      latencies: { ttftUs, tpotUs, e2elUs },
      preemptions,
      shortened: this.runs[run]!.measured.requests.filter((each, i) => each.outputTokens !== outputTokens[i]).length,
      meanStepUs: totals.busyUs / totals.steps,
      fullness: Math.max(
        timeline.kvUsageMax.reduce((most, share) => Math.max(most, share), 0),
        timeline.running.reduce((most, requests) => Math.max(most, requests), 0) / study.deployment.engine.max_num_seqs,
      ),
    };
    this.outcomes.set(key, outcome);
    return outcome;
  }
}

function logRatio({ measuredMs, simulatedMs }: ErrorCell): number {
  return Math.log(simulatedMs / measuredMs);
}

/** The run with a law in the place of whatever the study says about step times. */
export function withLaw(run: ResolvedRun, { law, frontEndUs }: Candidate): ResolvedRun {
  const { latency } = run.deployment;
  const fitted: LatencySettings = {
    ...latency,
    step_overhead_us: law.form === 'scale' ? law.step_overhead_us : 0,
    front_end_us: frontEndUs ?? latency.front_end_us,
    calibration: { ...NOTHING_FITTED, law },
  };
  const deployment = { ...run.deployment, latency: fitted };
  return { ...run, deployment, pools: [{ ...run.pools[0]!, deployment }] };
}

const NOTHING_FITTED: Omit<Calibration, 'law'> = {
  servesim_calibration: 1,
  front_end_us: null,
  deployment: {
    ...{ model: '', parameters: 1, gpu: '', tensor_parallel_size: 1 },
    ...{ quantization: '', kv_cache_dtype: '', enforce_eager: false, kernel_times: null },
  },
  fitted_to: [],
  error_percent: 0,
  cross_validation: [],
  notes: [],
};
