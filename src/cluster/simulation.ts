/**
 * The event loop. Everything that happens in a simulated cluster is an event at an integer microsecond; this file is
 * the only one that moves time forward.
 */
import { EventQueue } from '../core/event-queue.ts';
import { InputError } from '../core/input-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { Replica } from '../engine/replica.ts';
import type { EngineRequestInit } from '../engine/request-state.ts';
import type { Request, RequestSource } from '../workload/request.ts';
import { Client } from './client.ts';
import type { ClusterObserver } from './observer.ts';
import type { Router } from './router.ts';

type InputEvent =
  /** The client's next request is due. */
  | { readonly kind: 'arrival' }
  /** A request leaves the front end (HTTP, tokenizer) for an engine of its replica. */
  | { readonly kind: 'delivery'; readonly request: Request; readonly replica: Replica }
  /** An idle engine has been given work. */
  | { readonly kind: 'wake'; readonly replica: Replica; readonly engine: Engine };

/** An engine's devices have executed what it waits for. */
interface StepEvent {
  readonly replica: Replica;
  readonly engine: Engine;
}

/**
 * Order of events at the same time. Requests first, then schedule calls: what reaches an engine together is scheduled
 * together, and what reaches it at the very end of a step is seen by the schedule call that follows.
 */
const RANK = { arrival: 1, delivery: 2, wake: 3 } as const;

export interface SimulationOptions {
  readonly source: RequestSource;
  readonly replicas: readonly Replica[];
  readonly router: Router;
  /** Time a request spends in the front end before the engine sees it. */
  readonly frontEndUs: number;
  /** Most requests in flight; null: open loop. */
  readonly maxConcurrency: number | null;
  /** A prompt that does not fit max_model_len: bad input, or refused as the server does. */
  readonly longPrompts: 'error' | 'reject';
  readonly observer: ClusterObserver;
  /** Called now and then with the simulated time and the requests sent so far. */
  readonly onProgress?: (timeUs: number, sent: number) => void;
}

/** Runs a workload to its end. Returns the time of the last event. Throws InputError on bad input in the workload. */
export async function simulate(options: SimulationOptions): Promise<number> {
  const simulation = new Simulation(options);
  for (;;) {
    while (simulation.sendDue()) await simulation.client.prepare();
    if (!simulation.handleNext()) return simulation.nowUs;
  }
}

class Simulation {
  readonly client: Client;
  nowUs = 0;
  private readonly options: SimulationOptions;
  /** What reaches engines, and what engines do. */
  private readonly inputs = new EventQueue<InputEvent>();
  private readonly steps = new EventQueue<StepEvent>();
  private arrivalPending = false;
  private sent = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.client = new Client(options.source, options.maxConcurrency);
  }

  /** Sends what is due and notes the time of the next request. True: the source must be read on first. */
  sendDue(): boolean {
    const { client } = this;
    while (!this.arrivalPending && client.canSend) {
      if (client.needsPreparation) return true;
      const request = client.next;
      if (request === undefined) return false;
      if (request.arrivalUs > this.nowUs) {
        this.arrivalPending = true;
        this.inputs.add(request.arrivalUs, RANK.arrival, { kind: 'arrival' });
        return false;
      }
      this.send(client.send());
    }
    return false;
  }

  /** Handles the earliest event. False: none is left. */
  handleNext(): boolean {
    // At the same time what reaches engines comes first, then the steps that end.
    if (this.inputs.nextUs <= this.steps.nextUs) {
      const next = this.inputs.poll();
      if (next === undefined) return false;
      const { timeUs, event } = next;
      this.nowUs = timeUs;
      this.handleInput(event);
    } else {
      const { timeUs, event } = this.steps.poll()!;
      this.nowUs = timeUs;
      for (let ended = event.engine.stepDone(timeUs); ended > 0; ended--) this.requestEnded(event.replica);
      this.advance(event);
    }
    return true;
  }

  private handleInput(event: InputEvent): void {
    switch (event.kind) {
      case 'arrival':
        this.arrivalPending = false;
        break;
      case 'delivery':
        this.deliver(event.request, event.replica);
        break;
      case 'wake':
        if (!event.engine.isBusy) this.advance(event);
        break;
    }
  }

  private send(request: Request): void {
    const { router, replicas, observer, frontEndUs, onProgress } = this.options;
    const replica = replicas[router.route()]!;
    observer.arrived(request, this.nowUs, replica.id);
    this.inputs.add(this.nowUs + frontEndUs, RANK.delivery, { kind: 'delivery', request, replica });
    this.sent++;
    if (this.sent % 256 === 0) onProgress?.(this.nowUs, this.sent);
  }

  private deliver(request: Request, replica: Replica): void {
    const taken = replica.offer(engineRequest(request), this.nowUs);
    if (typeof taken === 'object') {
      if (!taken.isBusy) this.inputs.add(this.nowUs, RANK.wake, { kind: 'wake', replica, engine: taken });
      return;
    }
    if (taken === 'prompt too long' && this.options.longPrompts === 'error')
      throw promptTooLong(request, replica.maxModelLen);
    this.options.observer.rejected(request.id, this.nowUs);
    this.requestEnded(replica);
  }

  private advance(event: StepEvent): void {
    const doneUs = event.engine.advance(this.nowUs, this.horizonUs);
    if (doneUs !== null) this.steps.add(doneUs, 0, event);
  }

  /** Before that time nothing reaches an engine, whatever other engines do. */
  private get horizonUs(): number {
    if (this.options.maxConcurrency === null) return this.inputs.nextUs;
    // In a closed loop a request that ends brings the next one: now, if one has just ended, or with some engine's step.
    if (this.client.canSend && !this.arrivalPending && this.client.hasMore) return this.nowUs;
    return Math.min(this.inputs.nextUs, this.steps.nextUs);
  }

  private requestEnded(replica: Replica): void {
    this.client.ended();
    this.options.router.ended(replica.id);
  }
}

function engineRequest(request: Request): EngineRequestInit {
  return {
    index: request.id,
    id: String(request.id),
    prompt: request.prompt,
    promptTokens: request.promptTokens,
    outputSegment: request.outputSegment,
    maxTokens: request.maxTokens,
    endTokenAt: request.ignoreEos ? null : request.outputTokens,
    priority: 0,
    arrivalTime: request.arrivalUs,
    cacheSalt: null,
    skipReadingPrefixCache: false,
    markedOutput: request.thinkingTokens > 0 ? request.thinkingTokens + 1 : null,
  };
}

function promptTooLong(request: Request, maxModelLen: number): InputError {
  const where = request.origin ?? `request ${request.id}`;
  return new InputError(
    `${where}: a prompt of ${request.promptTokens} tokens, but max_model_len is ${maxModelLen}, so a prompt may have at most ${maxModelLen - 1}. ` +
      'Raise deployment.max_model_len, or set workload.long_prompts to reject to have such requests refused and counted, as the server does.',
  );
}
