/**
 * When a running request decodes steadily, one token in every schedule call, and when that ends by itself: at the call that
 * passes it over, its last token being certain, or at the output that ends it or whose time somebody keeps. Moments are
 * numbers in the order in which things happen: before a call, then before what is handled after it.
 */
import type { EngineRequest } from './request-state.ts';

/** The moment before the walk of schedule call `call`. */
export function beforeCall(call: number): number {
  return 2 * call;
}

/** The moment before the first batch that is handled after schedule call `call`. */
export function afterCall(call: number): number {
  return 2 * call + 1;
}

/** The last schedule call that is complete at a moment, with all that comes before its batch's handling. */
export function callBefore(moment: number): number {
  return Math.floor((moment - 1) / 2);
}

/**
 * The last of `calls` calls yields output for it, and it is just one token short of what is known or under way.
 * `lag`: outputs under way when it is scheduled; `hasWindows`: blocks are freed by how many tokens are in flight.
 */
export function isSteady(request: EngineRequest, calls: number, lag: 0 | 1, hasWindows: boolean): boolean {
  if (request.lastYieldStep !== calls || request.outputPlaceholders !== lag) return false;
  if (hasWindows && request.inFlightTokens !== lag) return false;
  return request.knownTokens + request.outputPlaceholders - request.computedTokens === 1;
}

/** The moment until which a request decodes steadily that does so after `calls` calls; 0: not any more. */
export function steadyUntil(request: EngineRequest, calls: number, lag: 0 | 1, maxModelLen: number): number {
  const { promptTokens, maxTokens, computedTokens, endTokenAt, markedOutput } = request;
  const certainOutputs = request.outputTokens + lag;
  const atOutput = (output: number) => afterCall(calls + output - certainOutputs + lag);
  const lengthTokens = Math.min(promptTokens + maxTokens, maxModelLen);
  let moment = lag === 1 ? beforeCall(calls + lengthTokens - computedTokens) : atOutput(lengthTokens - promptTokens);
  if (endTokenAt !== null) {
    if (endTokenAt <= certainOutputs) return 0;
    moment = Math.min(moment, atOutput(endTokenAt));
  }
  if (markedOutput > certainOutputs) moment = Math.min(moment, atOutput(markedOutput));
  return moment;
}
