/** A request between its client and its end: where it is, and what it has been through. */

import { InputError } from '../core/input-error.ts';
import { START_US } from '../core/start-us.ts';
import type { EngineRequest, EngineRequestInit } from '../engine/request-state.ts';
import type { Request } from '../workload/request.ts';
import type { LostWork } from './fleet-observer.ts';
import type { RoutedRequest } from './routing/routed.ts';
import type { Server } from './server.ts';

export class Flight implements RoutedRequest {
  /** As it is sent now: where its client resumes after a loss, what was streamed is the end of its prompt. */
  request: Request;
  readonly id: number;
  /** When its client sent it. */
  readonly arrivalUs: number;
  readonly expectedTokens: number | null;
  /** Where it is, or is on its way to; null: with its client, or at the router. */
  server: Server | null = null;
  /** When it was sent there. */
  sentUs = START_US;
  /** An engine has it; false: the front end still does. */
  isDelivered = false;
  /** Grows with each way into a server and out of one. A delivery of another attempt comes to nothing. */
  attempt = 0;
  /** Times it was sent again after a loss or a refusal. */
  retries = 0;
  /** It has waited at the router. */
  hasWaited = false;
  /** It was on a server that was lost. */
  wasHit = false;
  /** Output tokens that it had when it resumed. */
  keptTokens = 0;

  constructor(request: Request, arrivalUs: number, expectedTokens: number | null) {
    this.request = request;
    this.id = request.id;
    this.arrivalUs = arrivalUs;
    this.expectedTokens = expectedTokens;
  }

  get prompt(): Request['prompt'] {
    return this.request.prompt;
  }

  get promptTokens(): number {
    return this.request.promptTokens;
  }

  get session(): number | null {
    return this.request.session;
  }

  /** It is sent on: it was in a server before, or waited at the router. */
  get isReturning(): boolean {
    return this.attempt > 0 || this.hasWaited;
  }

  /** It is on its way to a server. Returns the number of this attempt. */
  enter(server: Server, timeUs: number): number {
    this.server = server;
    this.sentUs = timeUs;
    this.isDelivered = false;
    server.outstanding++;
    return ++this.attempt;
  }

  /** It is not in its server any more, or on its way to it. Returns the server. */
  leave(): Server {
    const server = this.server!;
    this.server = null;
    this.isDelivered = false;
    this.attempt++;
    server.outstanding--;
    return server;
  }

  /** As an engine takes it. */
  init(): EngineRequestInit {
    const { request } = this;
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
}

/** What a server took with it when it was lost. `before`: the request as it was sent there; `found`: in its engine. */
export function lostWork(
  { request, sentUs, wasHit }: Flight,
  before: Request,
  found: EngineRequest | null,
  timeUs: number,
): LostWork {
  const kept = request.promptTokens - before.promptTokens;
  const written = found?.outputTokens ?? 0;
  return {
    outputTokens: written - kept,
    thinkingTokens: Math.max(0, Math.min(written, before.thinkingTokens) - kept),
    computedTokens: found === null ? 0 : found.computedTokens - found.inFlightTokens,
    spentUs: timeUs - sentUs,
    isFirst: !wasHit,
  };
}

export function promptTooLong(request: Request, maxModelLen: number): InputError {
  const where = request.origin ?? `request ${request.id}`;
  return new InputError(
    `${where}: a prompt of ${request.promptTokens} tokens, but max_model_len is ${maxModelLen}, so a prompt may have at most ${maxModelLen - 1}. ` +
      'Raise deployment.max_model_len, or set workload.long_prompts to reject to have such requests refused and counted, as the server does.',
  );
}
