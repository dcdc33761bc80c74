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
  | { readonly kind: 'wake'; readonly run: EngineRun };

/** An engine in the queue of steps, in which it stands for what its devices execute. */
interface EngineRun {
  readonly replica: Replica;
  readonly engine: Engine;
  /** Among all engines: steps that end at the same time are handled in this order. */
  readonly number: number;
  /** When its entry is due that counts. Entries at other times have been overtaken by something that reached the engine. */
  dueUs: number | null;
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
  private readonly steps = new EventQueue<EngineRun>();
  private readonly runs = new Map<Engine, EngineRun>();
  private arrivalPending = false;
  private sent = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.client = new Client(options.source, options.maxConcurrency);
    for (const replica of options.replicas)
      for (const engine of replica.engines)
        this.runs.set(engine, { replica, engine, number: this.runs.size, dueUs: null });
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
      if (event.dueUs !== timeUs) return true;
      event.dueUs = null;
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
        this.advance(event.run);
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
      const run = this.runs.get(taken)!;
      if (taken.dueUs === null) this.inputs.add(this.nowUs, RANK.wake, { kind: 'wake', run });
      else this.follow(run);
      return;
    }
    // Whether the server is full could only be seen by interrupting its engines.
    for (const engine of replica.engines) this.follow(this.runs.get(engine)!);
    if (taken === 'prompt too long' && this.options.longPrompts === 'error')
      throw promptTooLong(request, replica.maxModelLen);
    this.options.observer.rejected(request.id, this.nowUs);
    this.requestEnded(replica);
  }

  private advance(run: EngineRun): void {
    if (run.engine.dueUs === null) run.engine.advance(this.nowUs);
    this.follow(run);
  }

  /** Puts an engine into the queue at the time that it is due. */
  private follow(run: EngineRun): void {
    const { dueUs } = run.engine;
    if (dueUs === run.dueUs) return;
    run.dueUs = dueUs;
    if (dueUs !== null) this.steps.add(dueUs, run.number, run);
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
    priority: request.priority,
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
