/**
 * One vLLM server: a front end with admission limits, and the engine cores behind it. With data parallelism there are
 * several, each with its own scheduler and KV cache, and the front end chooses one for each request; those of a model with
 * experts go in lock step, others know nothing of each other.
 */
import { Admission, type AdmissionLimits } from './admission.ts';
import type { DraftModel } from './draft-model.ts';
import type { Engine, StepDuration } from './engine.ts';
import { type EndReport, EngineCore } from './engine-core.ts';
import { LockStepEngine } from './lock-step-engine.ts';
import type { EngineObserver } from './observer.ts';
import type { EngineOptions } from './options.ts';
import { RankBalancer } from './rank-balancer.ts';
import type { EngineRequest, EngineRequestInit } from './request-state.ts';
import { SingleEngine } from './single-engine.ts';

export interface ReplicaOptions {
  readonly id: number;
  /** Number of its first core among all cores of the cluster; left out, all replicas are of one size. */
  readonly firstCore?: number;
  /** Of each core. */
  readonly engine: EngineOptions;
  readonly limits: AdmissionLimits;
  readonly steps: StepDuration;
  readonly observer: EngineObserver;
  readonly drafts: DraftModel | null;
  /** Engine cores, at least 1. */
  readonly dataParallelSize: number;
  /** The cores wait for each other, as those do that share the experts of a model. */
  readonly lockStep: boolean;
  /** Requests in steady decode are scheduled as one, with the same results; default true. */
  readonly decodeCohort?: boolean;
  /**
   * Each KV block has the number that vLLM gives it; else blocks are told apart only where it matters, with the same
   * results. Default: without decode cohorts.
   */
  readonly blockNumbers?: boolean;
  /** Told of each request that finishes; default: nobody is. */
  readonly reportEnd?: EndReport | null;
}

/** Why a server refuses a request. */
export type Refusal = 'prompt too long' | 'server full';

export class Replica {
  readonly id: number;
  /** A prompt must be shorter, tokens. */
  readonly maxModelLen: number;
  readonly cores: readonly EngineCore[];
  readonly engines: readonly Engine[];
  private readonly admission: Admission;
  /** null: there is nothing to choose. */
  private readonly balancer: RankBalancer | null;

  constructor(options: ReplicaOptions) {
    const { id, engine, limits, lockStep, dataParallelSize: ranks } = options;
    this.id = id;
    this.maxModelLen = engine.maxModelLen;
    this.admission = new Admission(limits);
    this.balancer = ranks === 1 ? null : new RankBalancer(ranks);
    // In lock step the interval between prompts is counted for all ranks together.
    const own = lockStep ? { ...engine, prefillScheduleInterval: 1 } : engine;
    this.cores = Array.from({ length: ranks }, (_, rank) => this.createCore(rank, own, options));
    this.engines = lockStep
      ? [new LockStepEngine(this.cores, options.steps, engine.prefillScheduleInterval)]
      : this.cores.map((core) => new SingleEngine(core, options.steps));
  }

  /** A core with requests that will never be served, as vLLM would wait for ever; null: there is none. */
  get stuckCore(): EngineCore | null {
    if (!this.engines.some((engine) => engine.isStuck)) return null;
    return this.cores.find((core) => core.hasUnfinished) ?? null;
  }

  /** A request arrives at the server. Returns the engine that has it now, or why none has. */
  offer(init: EngineRequestInit, timeUs: number): Engine | Refusal {
    if (this.isFull(timeUs)) return 'server full';
    if (init.promptTokens === 0 || init.promptTokens >= this.maxModelLen) return 'prompt too long';
    const { cores, engines, balancer } = this;
    const rank =
      balancer === null
        ? 0
        : balancer.choose(
            timeUs,
            cores.map((core) => core.requestsInFlight),
          );
    const engine = engines[rank] ?? engines[0]!;
    engine.interrupt(timeUs);
    cores[rank]!.add(init, timeUs);
    return engine;
  }

  /** True: a request that arrived now would be refused. */
  isFull(timeUs: number): boolean {
    if (!this.admission.isLimited) return false;
    // What is counted are prompts without output, and outputs may be planned.
    this.interrupt(timeUs);
    return this.admission.isFull;
  }

  /** A request leaves the server unfinished, and what was under way for it is dropped. Null: it is not here. */
  abort(id: number, timeUs: number): EngineRequest | null {
    this.interrupt(timeUs);
    for (const core of this.cores) {
      const request = core.abort(String(id), timeUs);
      if (request !== null) return request;
    }
    return null;
  }

  /** Requests in its waiting queues. */
  get waitingRequests(): number {
    return this.cores.reduce((sum, { scheduler }) => sum + scheduler.waiting.length, 0);
  }

  /** Of these, those for which nothing has been written so far: they lose nothing by moving elsewhere. */
  get untouched(): EngineRequest[] {
    return this.cores.flatMap(({ scheduler }) =>
      scheduler.waiting.toArray().filter(({ outputTokens }) => outputTokens === 0),
    );
  }

  /** Share of its KV cache in use. */
  kvUsage(timeUs: number): number {
    this.interrupt(timeUs);
    return this.cores.reduce((sum, core) => sum + core.kvUsage, 0) / this.cores.length;
  }

  /** Something is about to look into its engines, or to take something out. */
  private interrupt(timeUs: number): void {
    for (const engine of this.engines) engine.interrupt(timeUs);
  }

  private createCore(rank: number, engine: EngineOptions, options: ReplicaOptions): EngineCore {
    const { balancer, admission } = this;
    const { decodeCohort = true, blockNumbers = !decodeCohort } = options;
    return new EngineCore({
      id: (options.firstCore ?? options.id * options.dataParallelSize) + rank,
      engine,
      admission,
      observer: options.observer,
      drafts: options.drafts,
      decodeCohort,
      blockNumbers,
      reportEnd: options.reportEnd ?? null,
      reportLoad: balancer && ((...load) => balancer.report(rank, ...load)),
    });
  }
}
