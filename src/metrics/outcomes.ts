/**
 * What became of the requests of a run, added up while it goes on, whether or not their rows are kept: the one source of
 * everything that is said of requests, all of them or those of a class.
 */
import type { RequestSink } from '../record/request-sink.ts';
import type { RequestRows, RequestTable } from '../record/run-record.ts';
import { addedSums, ClassOutcomes, type OutcomeSums, VALUES, type ValueName } from './class-outcomes.ts';
import type { Distribution } from './distribution.ts';
import { requestLimits } from './goodput.ts';
import { LatencyValues, QUANTILE_ERROR } from './latency-values.ts';
import { type PoolLatencies, PoolOutcomes } from './pool-outcomes.ts';
import type { SloBound } from './slo.ts';

/** A class of requests and what it is promised. */
export interface OutcomeClass {
  readonly name: string;
  readonly slo: readonly SloBound[];
}

export interface OutcomesOptions {
  /** The study's objective. */
  readonly slo?: readonly SloBound[];
  /** Empty: all requests are of one kind, judged by the study's objective. */
  readonly classes?: readonly OutcomeClass[];
  /** Tokens, of all replicas or of each; a prompt has to be shorter. */
  readonly maxModelLen?: number | readonly number[];
  /** Of a fleet with several pools, the place of each replica's pool. */
  readonly poolOf?: readonly number[];
  /** Finished requests up to which percentiles are exact; beyond, memory does not grow. Default: without limit. */
  readonly mostExact?: number;
}

/** Requests of one class or of several. */
export interface OutcomeGroup {
  readonly sums: OutcomeSums;
  /** Whether a single request of theirs can be good or not. */
  readonly hasLimits: boolean;
  /** Latencies of those that finished, microseconds. */
  readonly latencies: Readonly<Record<ValueName, Distribution>>;
  /** False: percentiles of their latencies are binned. */
  readonly isExact: boolean;
}

/** Percentiles of so many requests are exact where their rows are not kept: 8 MB a latency. */
export const MOST_EXACT = 2 ** 20;

export class Outcomes implements RequestSink {
  readonly slo: readonly SloBound[];
  /** As they were given. */
  readonly classes: readonly OutcomeClass[];
  /** Whether it is known which prompts do not fit. */
  readonly knowsLimits: boolean;
  private readonly mostExact: number;
  private readonly parts: readonly ClassOutcomes[];
  private readonly pools: PoolOutcomes | null;
  private readonly groups = new Map<string, OutcomeGroup>();

  constructor(options: OutcomesOptions = {}) {
    const { slo = [], classes = [], maxModelLen, poolOf, mostExact = Number.POSITIVE_INFINITY } = options;
    this.pools = poolOf === undefined ? null : new PoolOutcomes(poolOf, mostExact);
    this.slo = slo;
    this.classes = classes;
    this.knowsLimits = maxModelLen !== undefined;
    this.mostExact = mostExact;
    const bounds = classes.length === 0 ? [slo] : classes.map((each) => each.slo);
    const mostOfEach = Math.floor(mostExact / bounds.length);
    const longest = maxModelLen ?? Number.POSITIVE_INFINITY;
    const longestOf = typeof longest === 'number' ? () => longest : (replica: number) => longest[replica]!;
    this.parts = bounds.map((each) => new ClassOutcomes(requestLimits(each), longestOf, mostOfEach));
  }

  arrived(requests: RequestRows, row: number): void {
    this.parts[requests.class[row]!]!.arrived();
  }

  ended(requests: RequestRows, row: number): void {
    this.parts[requests.class[row]!]!.ended(requests, row);
    this.pools?.ended(requests, row);
  }

  /** By pool, once the run has ended; null where pools are not told apart. */
  get ofPools(): PoolLatencies[] | null {
    return this.pools?.latencies ?? null;
  }

  /** All requests, once the run has ended. */
  get all(): OutcomeGroup {
    return this.group([...this.parts.keys()]);
  }

  /** Those of a class, by its place among the classes. */
  ofClass(index: number): OutcomeGroup {
    return this.group([index]);
  }

  /** Those that the study's own objective is for: all but the classes with another one. */
  get judgedByStudy(): OutcomeGroup {
    return this.group([...this.parts.keys()].filter((index) => !this.hasOwnSlo(index)));
  }

  /** Whether a class is promised something else than the study promises. */
  hasOwnSlo(index: number): boolean {
    return JSON.stringify(this.classes[index]?.slo ?? this.slo) !== JSON.stringify(this.slo);
  }

  /** What the reader of these numbers must know. */
  get notes(): string[] {
    if (this.all.isExact) return [];
    const share = `${QUANTILE_ERROR * 100} %`;
    return [
      `latency percentiles are within ${share}: with outputs.requests none they are exact up to ${this.mostExact} requests`,
    ];
  }

  private group(indices: readonly number[]): OutcomeGroup {
    const key = indices.join();
    const group =
      this.groups.get(key) ??
      groupOf(
        indices.map((i) => this.parts[i]!),
        this.mostExact,
      );
    this.groups.set(key, group);
    return group;
  }
}

/** The outcomes of a finished table. */
export function outcomesOf(requests: RequestTable, options: OutcomesOptions = {}): Outcomes {
  const outcomes = new Outcomes(options);
  for (let row = 0; row < requests.count; row++) {
    outcomes.arrived(requests, row);
    if (requests.finishReason[row] !== 0) outcomes.ended(requests, row);
  }
  return outcomes;
}

function groupOf(parts: readonly ClassOutcomes[], mostExact: number): OutcomeGroup {
  const values = (name: ValueName) =>
    parts.length === 1
      ? parts[0]!.valuesOf(name)
      : LatencyValues.merged(
          parts.map((part) => part.valuesOf(name)),
          mostExact,
        );
  const entries = VALUES.map((name) => [name, values(name)] as const);
  return {
    sums: addedSums(parts.map(({ sums }) => sums)),
    hasLimits: parts.some(({ hasLimits }) => hasLimits),
    latencies: Object.fromEntries(
      entries.map(([name, each]) => [name, each.distribution()]),
    ) as OutcomeGroup['latencies'],
    isExact: entries.every(([, each]) => each.isExact),
  };
}
