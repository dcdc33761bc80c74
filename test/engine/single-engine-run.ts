/** One server of one engine, driven by hand: requests reach it at given times, and everything that it tells is kept. */
import type { StepDuration } from '../../src/engine/engine.ts';
import type { DecodeSteps, EngineObserver } from '../../src/engine/observer.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Replica } from '../../src/engine/replica.ts';
import type { EngineRequest, EngineRequestInit } from '../../src/engine/request-state.ts';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { oneByOne } from '../../src/latency/step-time.ts';
import { engine } from '../cluster/fixtures.ts';

/** What reaches the engine: a request, or an abort of one. */
export interface Delivery {
  readonly timeUs: number;
  readonly init?: EngineRequestInit;
  readonly abort?: number;
}

export function init(index: number, promptTokens: number, rest: Partial<EngineRequestInit> = {}): EngineRequestInit {
  return {
    index,
    id: String(index),
    prompt: [{ segment: 2 * index + 1, tokens: promptTokens }],
    promptTokens,
    outputSegment: 2 * index + 2,
    maxTokens: 10,
    endTokenAt: null,
    priority: 0,
    arrivalTime: index,
    cacheSalt: null,
    skipReadingPrefixCache: false,
    ...rest,
  };
}

/** Step times of a function of the shape. */
export function stepsOf(durationUs: (shape: BatchShape) => number): StepDuration {
  return {
    durationUs,
    decodesUs: (shape, count, durationsUs) => oneByOne(durationUs, shape, count, durationsUs),
    stageDurationsUs: (shape) => [durationUs(shape)],
    lockStepUs: () => 0,
  };
}

/** What an engine tells, in a form that is the same whether outputs are told of one by one or as a number. */
class Journal implements EngineObserver {
  readonly events: unknown[] = [];
  /** Output tokens by the time at which they were handled. */
  readonly outputTokens = new Map<number, number>();
  readonly executedSteps: number[][] = [];
  readonly states: number[][] = [];

  queued(): void {}
  verified(): void {}
  decoded({ index, outputTokens }: EngineRequest, timeUs: number): void {
    if (timeUs > 0 && outputTokens === 0) throw new Error(`request ${index} decoded before its first output`);
  }
  admitted({ index }: EngineRequest, timeUs: number, hitTokens: number): void {
    this.events.push([timeUs, 'admitted', index, hitTokens]);
  }
  preempted({ index }: EngineRequest, timeUs: number): void {
    this.events.push([timeUs, 'preempted', index]);
  }
  finished({ index, outputTokens }: EngineRequest, timeUs: number, reason: string): void {
    this.events.push([timeUs, 'finished', index, outputTokens, reason]);
  }
  output({ index, outputTokens, markedOutput }: EngineRequest, timeUs: number, tokens: number): void {
    if (outputTokens === 1) this.events.push([timeUs, 'first', index]);
    if (outputTokens === markedOutput) this.events.push([timeUs, 'marked', index]);
    this.count(timeUs, tokens);
  }
  outputs(requests: number, timeUs: number): void {
    this.count(timeUs, requests);
  }
  executed(_core: number, ...step: number[]): void {
    this.executedSteps.push(step);
  }
  /** The last state of each time, and the most blocks in use at it. */
  state(_core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void {
    const before = this.states.at(-1);
    const isSameTime = before?.[0] === timeUs;
    const most = isSameTime ? Math.max(before![5]!, usedBlocks) : usedBlocks;
    if (isSameTime) this.states.pop();
    this.states.push([timeUs, running, waiting, usedBlocks, blocks, most]);
  }
  decodeSteps({ core, requests, made, count, ahead, timesUs, usedBlocks, waiting, blocks }: DecodeSteps): void {
    for (let k = made + 1; k <= made + count; k++) {
      const timeUs = timesUs[k]!;
      this.outputs(requests, timeUs);
      this.state(core, timeUs, requests, waiting, usedBlocks[k - 1]!, blocks);
      this.executed(core, timesUs[k + ahead]!, timesUs[k + 1 + ahead]!, 0, requests);
      this.state(core, timeUs, requests, waiting, usedBlocks[k]!, blocks);
    }
  }
  private count(timeUs: number, tokens: number): void {
    if (tokens > 0) this.outputTokens.set(timeUs, (this.outputTokens.get(timeUs) ?? 0) + tokens);
  }
}

export class SingleRun {
  readonly journal = new Journal();
  readonly replica: Replica;
  /** Shapes of the steps that were executed, as text. */
  readonly shapes: string[] = [];
  /** When the event loop came to the engine because of a step. */
  readonly stepsDoneUs: number[] = [];

  constructor(options: Partial<EngineOptions>, steps: StepDuration, decodeCohort = true, blockNumbers = false) {
    const merged = { ...engine, ...options };
    const hasWindows = merged.kvGroups.some(({ kind }) => kind !== 'full');
    const watched: StepDuration = {
      ...steps,
      decodesUs: (...steady) => {
        if (hasWindows) throw new Error('the sum of contexts does not tell what windows see');
        steps.decodesUs(...steady);
      },
      executed: (shape) => {
        this.shapes.push(JSON.stringify(shape));
        steps.executed?.(shape);
      },
    };
    this.replica = new Replica({
      ...{
        id: 0,
        engine: merged,
        limits: { requests: null, promptTokens: null },
        steps: watched,
        observer: this.journal,
      },
      ...{ drafts: null, dataParallelSize: 1, lockStep: false, decodeCohort, blockNumbers },
    });
  }

  get engine() {
    return this.replica.engines[0]!;
  }

  get core() {
    return this.replica.cores[0]!;
  }

  /** Steps that end before `timeUs`: what arrives at the very end of a step joins the next batch. */
  stepUntil(timeUs: number): void {
    for (let dueUs = this.engine.dueUs; dueUs < timeUs; dueUs = this.engine.dueUs) {
      this.stepsDoneUs.push(dueUs);
      this.engine.stepDone(dueUs);
      this.engine.advance(dueUs);
    }
  }

  deliver({ timeUs, init, abort }: Delivery): void {
    this.stepUntil(timeUs);
    if (init !== undefined) this.replica.offer(init, timeUs);
    if (abort !== undefined) this.replica.abort(abort, timeUs);
    this.engine.advance(timeUs);
  }

  /** When an event of this kind happened to a request, the first time. */
  timeOf(kind: 'admitted' | 'first' | 'marked' | 'finished', index: number): number | undefined {
    const events = this.journal.events as [number, string, number][];
    return events.find(([, what, whom]) => what === kind && whom === index)?.[0];
  }
}
