/**
 * Replays a recorded trace on our engine, iteration by iteration, and compares everything that was recorded: requests
 * and tokens scheduled, prefix hits, drafts, blocks, preemptions, outputs, finishes, free blocks, queues.
 */

import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import type { Batch, RequestOutput } from '../../engine/batch.ts';
import { scheduledByName, updateByName } from '../../engine/cohort-by-name.ts';
import { EngineLoop } from '../../engine/engine-loop.ts';
import type { EngineRequestInit } from '../../engine/request-state.ts';
import { Scheduler } from '../../engine/scheduler.ts';
import { engineOptions, engineRequests, recordedDrafts } from './scenario.ts';
import type { Trace, TraceStep } from './trace.ts';
import { unsupportedFeature } from './trace.ts';

/** How a trace compares. `steps` counts schedule calls, `iterations` those of the engine loop. */
export type Verdict =
  | { readonly verdict: 'identical'; readonly steps: number; readonly iterations: number; readonly blockIds: boolean }
  | {
      readonly verdict: 'differs';
      readonly step: number;
      readonly field: string;
      readonly recorded: unknown;
      readonly ours: unknown;
    }
  | { readonly verdict: 'not supported'; readonly feature: string };

/** What one request went through: the columns of a trace's `requests`. */
interface RequestHistory {
  firstScheduled: number | null;
  firstToken: number | null;
  finished: number | null;
  reason: string | null;
  outputTokens: number;
  preemptions: number;
  hitTokens: number | null;
}

type MutableStep = { -readonly [K in keyof TraceStep]: TraceStep[K] };

/**
 * `decodeCohort`: requests in steady decode are scheduled as one. Without `blockNumbers` blocks are counted only, and their
 * numbers are not compared.
 */
export function replay(trace: Trace, decodeCohort = true, blockNumbers = true): Verdict {
  const feature = unsupportedFeature(trace);
  if (feature !== null) return { verdict: 'not supported', feature };
  return new Replay(trace, decodeCohort, blockNumbers).run();
}

class Replay {
  private readonly trace: Trace;
  private readonly comparesNumbers: boolean;
  private readonly scheduler: Scheduler;
  private readonly loop: EngineLoop;
  private readonly inits: ((arrivalOrder: number) => EngineRequestInit)[];
  private readonly iterationOf = new Map<Batch, number>();
  private readonly histories: RequestHistory[];
  private readonly arrivals: Map<number, number[]>;
  private readonly totals = { schedule_calls: 0, scheduled_tokens: 0, preemptions: 0, hit_tokens: 0, output_tokens: 0 };
  private readonly rejected: number[] = [];
  private arrivalOrder = 0;

  constructor(trace: Trace, decodeCohort: boolean, blockNumbers: boolean) {
    this.trace = trace;
    this.comparesNumbers = blockNumbers && trace.scenario.trace_level === 'blocks';
    this.scheduler = new Scheduler(engineOptions(trace), recordedDrafts(trace), {
      decodeCohort,
      blockNumbers,
      reportLeave: null,
    });
    this.loop = new EngineLoop(this.scheduler);
    this.inits = engineRequests(trace);
    this.histories = trace.scenario.requests.map(() => ({
      firstScheduled: null,
      firstToken: null,
      finished: null,
      reason: null,
      outputTokens: 0,
      preemptions: 0,
      hitTokens: null,
    }));
    this.arrivals = new Map();
    trace.scenario.requests.forEach((request, index) => {
      const at = this.arrivals.get(request.arrival_step);
      if (at === undefined) this.arrivals.set(request.arrival_step, [index]);
      else at.push(index);
    });
  }

  run(): Verdict {
    const recorded = new Map(this.trace.steps.map((step) => [step.k, step]));
    const last = this.trace.steps.at(-1)?.k ?? -1;
    for (let k = 0; k <= last; k++) {
      const difference = this.compareStep(k, this.iterate(k), recorded.get(k));
      if (difference !== null) return difference;
    }
    return (
      this.compareEnd(last) ?? {
        verdict: 'identical',
        steps: this.totals.schedule_calls,
        iterations: last + 1,
        blockIds: this.comparesNumbers,
      }
    );
  }

  /** One iteration of the engine loop, in the form of a trace's step; null if nothing happened in it. */
  private iterate(k: number): MutableStep | null {
    const step: MutableStep = { k };
    this.arrive(k, step);
    this.abort(k, 'before_step', step);
    if (this.loop.isIdle) return step.arr || step.ab ? this.snapshot(step) : null;
    const lengthsBefore = new Map(this.scheduler.running.map((r) => [r, r.blockTables.map((table) => table.length)]));
    const { scheduled, due } = this.loop.iterate();
    if (scheduled !== null) {
      this.iterationOf.set(scheduled, k);
      this.recordSchedule(k, step, scheduled, lengthsBefore);
    }
    if (due !== null) this.handle(k, step, due);
    return this.snapshot(step);
  }

  private arrive(k: number, step: MutableStep): void {
    const arriving = this.arrivals.get(k);
    if (arriving === undefined) return;
    step.arr = arriving;
    for (const index of arriving) {
      if (this.scheduler.add(this.inits[index]!(this.arrivalOrder)) !== null) this.arrivalOrder++;
      else {
        this.rejected.push(index);
        this.histories[index]!.reason = 'rejected';
      }
    }
  }

  private abort(k: number, moment: 'before_step' | 'before_update_of_step', step: MutableStep, at = k): void {
    const field = moment === 'before_step' ? 'ab' : 'abm';
    for (const abort of this.trace.scenario.aborts ?? []) {
      if (abort[moment] !== at) continue;
      const request = this.scheduler.abort(abort.request);
      const index = this.trace.scenario.requests.findIndex(({ id }) => id === abort.request);
      step[field] = [...(step[field] ?? []), index];
      if (request === null) continue;
      const history = this.histories[index]!;
      history.reason = 'abort';
      history.finished = k;
      history.outputTokens = request.outputTokens;
    }
  }

  private recordSchedule(
    k: number,
    step: MutableStep,
    batch: Batch,
    lengthsBefore: ReadonlyMap<object, readonly number[]>,
  ): void {
    const { kvGroups } = this.scheduler.options;
    const everyone = scheduledByName(this.scheduler, batch);
    step.s = everyone.map(({ request }) => request.index);
    step.n = everyone.map(({ tokens }) => tokens);
    step.hit = {};
    step.spec = {};
    step.nb = {};
    step.blk = {};
    for (const { request, tokens, verifiedDrafts, admitted, hitTokens } of everyone) {
      const index = String(request.index);
      const held = admitted
        ? kvGroups.map((group) => Math.floor(hitTokens / group.blockSize))
        : lengthsBefore.get(request)!;
      const newBlocks = request.blockTables.reduce((sum, table, g) => sum + table.length - held[g]!, 0);
      if (admitted) step.hit[index] = hitTokens;
      if (verifiedDrafts > 0) step.spec[index] = verifiedDrafts;
      if (newBlocks > 0) step.nb[index] = newBlocks;
      if (admitted) step.blk[index] = request.blockTables.map(({ ids }) => [...ids]);
      else if (newBlocks > 0) step.blk[index] = request.blockTables.map(({ ids }, g) => ids.slice(held[g]!));
      this.totals.scheduled_tokens += tokens;
      this.totals.hit_tokens += hitTokens;
      const history = this.histories[request.index]!;
      history.firstScheduled ??= k;
      if (admitted) history.hitTokens ??= hitTokens;
    }
    step.pre = batch.preempted.map((request) => request.index);
    for (const index of step.pre) this.histories[index]!.preemptions++;
    if (batch.skipDrafts) step.skd = 1;
    step.fs = this.scheduler.kv.pool.freeBlocks;
    this.totals.schedule_calls++;
    this.totals.preemptions += step.pre.length;
  }

  private handle(k: number, step: MutableStep, due: Batch): void {
    step.u = this.iterationOf.get(due)!;
    this.abort(k, 'before_update_of_step', step, step.u);
    const outputs = updateByName(this.scheduler, due);
    step.out = outputs.map(({ request, tokens }): [number, number] => [request.index, tokens]);
    step.no = outputs.reduce((sum, { tokens }) => sum + tokens, 0);
    step.fin = outputs
      .filter(({ stopped }) => stopped !== null)
      .map(({ request, stopped }) => [request.index, stopped!]);
    this.totals.output_tokens += step.no;
    for (const output of outputs) this.recordOutput(k, output);
  }

  private recordOutput(k: number, { request, stopped }: RequestOutput): void {
    const history = this.histories[request.index]!;
    history.firstToken ??= k;
    history.outputTokens = request.outputTokens;
    if (stopped === null) return;
    history.finished = k;
    history.reason = stopped;
  }

  /** The state after the iteration: queues, computed tokens, placeholders, free blocks. */
  private snapshot(step: MutableStep): MutableStep {
    const { running, waiting, kv, options, cohort } = this.scheduler;
    cohort?.settleAll();
    step.fu = kv.pool.freeBlocks;
    step.run = running.map((request) => request.index);
    step.nc = running.map((request) => request.computedTokens);
    if (options.asyncScheduling) step.ph = running.map((request) => request.outputPlaceholders);
    step.wait = waiting.toArray().map((request) => request.index);
    step.nr = step.run.length;
    step.nw = step.wait.length;
    step.h = crc32(JSON.stringify([step.run, step.nc, step.wait]));
    return step;
  }

  /** Compares what the trace holds; fields left out of a record are empty, unless its level never has them. */
  private compareStep(k: number, ours: MutableStep | null, recorded: TraceStep | undefined): Verdict | null {
    if (ours === null || recorded === undefined) {
      if (ours === null && recorded === undefined) return null;
      return { verdict: 'differs', step: k, field: 'activity', recorded: recorded ?? 'idle', ours: ours ?? 'idle' };
    }
    for (const field of this.comparedFields(recorded)) {
      const want = recorded[field] ?? emptyValue(field, ours);
      const have = ours[field];
      if (!isDeepStrictEqual(have ?? emptyValue(field, ours), want))
        return { verdict: 'differs', step: k, field, recorded: want ?? null, ours: have ?? null };
    }
    return null;
  }

  private comparedFields(recorded: TraceStep): (keyof TraceStep)[] {
    const level = this.trace.scenario.trace_level;
    const always: (keyof TraceStep)[] = ['arr', 'ab', 's', 'n', 'pre', 'hit', 'spec', 'nb', 'fs', 'skd', 'u', 'abm'];
    const byLevel: (keyof TraceStep)[] =
      level === 'lite' ? ['no', 'nr', 'nw', 'h'] : ['out', 'run', 'nc', 'wait', 'ph'];
    const recordedFully: (keyof TraceStep)[] = recorded.run !== undefined ? ['run', 'nc', 'wait'] : [];
    return [...always, ...(this.comparesNumbers ? (['blk'] as const) : []), ...byLevel, 'fin', 'fu', ...recordedFully];
  }

  private compareEnd(lastStep: number): Verdict | null {
    const differs = (field: string, recorded: unknown, ours: unknown): Verdict => ({
      verdict: 'differs',
      step: lastStep,
      field,
      recorded,
      ours,
    });
    if (!this.loop.isIdle) return differs('end of the run', 'idle', 'work is left');
    const { rejected, ...totals } = this.trace.totals;
    if (!isDeepStrictEqual(rejected, this.rejected)) return differs('totals.rejected', rejected, this.rejected);
    for (const [name, ours] of Object.entries(this.totals)) {
      const recorded = totals[name as keyof typeof totals];
      if (recorded !== ours) return differs(`totals.${name}`, recorded, ours);
    }
    for (const [index, recorded] of (this.trace.requests ?? []).entries()) {
      const h = this.histories[index]!;
      const ours = [h.firstScheduled, h.firstToken, h.finished, h.reason, h.outputTokens, h.preemptions, h.hitTokens];
      if (!isDeepStrictEqual(ours, recorded)) return differs(`requests[${index}]`, recorded, ours);
    }
    return null;
  }
}

/** What a field means where a record leaves it out; `undefined` for fields that must agree in being absent. */
function emptyValue(field: keyof TraceStep, ours: TraceStep): unknown {
  switch (field) {
    case 'hit':
    case 'spec':
    case 'nb':
    case 'blk':
      return {};
    case 'arr':
    case 'ab':
    case 'abm':
    case 'pre':
    case 'fin':
      return [];
    case 'out':
      return [];
    case 'no':
      return ours.u === undefined ? undefined : 0;
    default:
      return undefined;
  }
}
