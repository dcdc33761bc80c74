/**
 * The event loop. Everything that happens in a simulated cluster is an event at an integer microsecond; this file is
 * the only one that moves time forward.
 */
import { EventQueue } from '../core/event-queue.ts';
import { InputError } from '../core/input-error.ts';
import type { Replica } from '../engine/replica.ts';
import type { EngineRequestInit } from '../engine/request-state.ts';
import type { Request, RequestSource } from '../workload/request.ts';
import { Client } from './client.ts';
import type { ClusterObserver } from './observer.ts';
import type { Router } from './router.ts';

type Event =
  /** The client's next request is due. */
  | { readonly kind: 'arrival' }
  /** A request leaves the front end (HTTP, tokenizer) for the engine. */
  | { readonly kind: 'delivery'; readonly request: Request; readonly replica: Replica }
  /** A replica's device has executed the batch that its engine waits for. */
  | { readonly kind: 'stepDone'; readonly replica: Replica };

/**
 * Order of events at the same time. Arrivals first: a request that reaches the engine at the very end of a step is seen
 * by the schedule call that follows it.
 */
const RANK = { arrival: 1, delivery: 2, stepDone: 3 } as const;

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
  const { replicas, observer } = options;
  const queue = new EventQueue<Event>();
  const client = new Client(options.source, options.maxConcurrency);
  let nowUs = 0;
  let arrivalPending = false;
  let sent = 0;

  /** Sends what is due and notes the time of the next request. True: the source must be read on first. */
  const sendDue = (): boolean => {
    while (!arrivalPending && client.canSend) {
      if (client.needsPreparation) return true;
      const request = client.next;
      if (request === undefined) return false;
      if (request.arrivalUs > nowUs) {
        arrivalPending = true;
        queue.add(request.arrivalUs, RANK.arrival, { kind: 'arrival' });
        return false;
      }
      const replica = options.router(replicas);
      observer.arrived(client.send(), nowUs, replica.id);
      queue.add(nowUs + options.frontEndUs, RANK.delivery, { kind: 'delivery', request, replica });
      sent++;
      if (sent % 256 === 0) options.onProgress?.(nowUs, sent);
    }
    return false;
  };
  const advance = (replica: Replica) => {
    const doneUs = replica.advance(nowUs);
    if (doneUs !== null) queue.add(doneUs, RANK.stepDone, { kind: 'stepDone', replica });
  };
  const deliver = (request: Request, replica: Replica) => {
    const offer = replica.offer(engineRequest(request), nowUs);
    if (offer === 'queued') {
      if (!replica.isBusy) advance(replica);
      return;
    }
    if (offer === 'prompt too long' && options.longPrompts === 'error')
      throw promptTooLong(request, replica.scheduler.options.maxModelLen);
    observer.rejected(request.id, nowUs);
    client.ended();
  };

  for (;;) {
    while (sendDue()) await client.prepare();
    const next = queue.poll();
    if (next === undefined) return nowUs;
    nowUs = next.timeUs;
    const { event } = next;
    switch (event.kind) {
      case 'arrival':
        arrivalPending = false;
        break;
      case 'delivery':
        deliver(event.request, event.replica);
        break;
      case 'stepDone': {
        const before = event.replica.outstandingRequests;
        event.replica.stepDone(nowUs);
        for (let n = before - event.replica.outstandingRequests; n > 0; n--) client.ended();
        advance(event.replica);
        break;
      }
    }
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
  };
}

function promptTooLong(request: Request, maxModelLen: number): InputError {
  const where = request.origin ?? `request ${request.id}`;
  return new InputError(
    `${where}: a prompt of ${request.promptTokens} tokens, but max_model_len is ${maxModelLen}, so a prompt may have at most ${maxModelLen - 1}. ` +
      'Raise deployment.max_model_len, or set workload.long_prompts to reject to have such requests refused and counted, as the server does.',
  );
}
