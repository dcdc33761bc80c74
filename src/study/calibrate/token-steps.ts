/**
 * Engine steps read off the times at which tokens reached a client. All tokens of a step leave the engine together and
 * arrive within a few milliseconds, while a request gets at most one token a step; so clusters of token times are steps,
 * and who has a token in a cluster was computed in it.
 */
import { quantileSorted } from 'd3-array';

/** What must be known of a measured request. Times in microseconds of one clock. */
export interface TimedRequest {
  readonly arrivalUs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** When each output token reached the client, ascending, one time a token. */
  readonly tokenTimesUs: readonly number[];
}

/** One engine step as its tokens show it. */
export interface TokenStep {
  /** When its first token reached the client. */
  readonly endUs: number;
  /** Requests (by index) that computed one token after the one of the step before. */
  readonly decodes: readonly number[];
  /** Sum over `decodes` of the tokens in the cache after the step. */
  readonly decodeContextTokens: number;
  /** Requests whose prompt was finished in the step. */
  readonly firsts: readonly number[];
  /** Requests that had no token in the step before, though they had one earlier: preempted, and computed anew. */
  readonly resumed: readonly number[];
  /** Two tokens of a request came at once: the client, or the network, held some back, and the steps are blurred. */
  readonly blurred: boolean;
  /** Every request of the step before has ended, so the engine may have paused, or computed prompts without output. */
  readonly drained: boolean;
}

/** Of the gaps between tokens of a request, the share that may be cut short by a client that held a token back. */
const SHORTEST_GAPS = 0.01;
/** Tokens of one step come closer together than this share of the shortest step, which leaves room on both sides. */
const SHARE_OF_STEP = 0.5;

/** The steps in order of time. */
export function tokenSteps(requests: readonly TimedRequest[]): TokenStep[] {
  const gapUs = clusterGapUs(requests);
  const tokens = requests
    .flatMap(({ tokenTimesUs }, request) => tokenTimesUs.map((timeUs, index) => ({ request, index, timeUs })))
    .sort((a, b) => a.timeUs - b.timeUs || a.request - b.request || a.index - b.index);
  const steps: TokenStep[] = [];
  const state: State = { requests, lastStep: new Int32Array(requests.length).fill(-1), underWay: 0 };
  for (let from = 0; from < tokens.length; ) {
    let to = from + 1;
    while (to < tokens.length && tokens[to]!.timeUs - tokens[to - 1]!.timeUs < gapUs) to++;
    steps.push(takeStep(state, tokens.slice(from, to), steps.length));
    from = to;
  }
  return steps;
}

interface Token {
  readonly request: number;
  readonly index: number;
  readonly timeUs: number;
}

/** What the steps so far leave. */
interface State {
  readonly requests: readonly TimedRequest[];
  /** By request: the step of its latest token; -1 without any. */
  readonly lastStep: Int32Array;
  /** Requests that have had a token and will have another. */
  underWay: number;
}

/** Tokens further apart than this belong to different steps, microseconds. */
function clusterGapUs(requests: readonly TimedRequest[]): number {
  const gapsUs = requests
    .flatMap(({ tokenTimesUs }) => tokenTimesUs.slice(1).map((timeUs, i) => timeUs - tokenTimesUs[i]!))
    .sort((a, b) => a - b);
  return SHARE_OF_STEP * (quantileSorted(gapsUs, SHORTEST_GAPS) ?? 0);
}

function takeStep(state: State, tokens: readonly Token[], step: number): TokenStep {
  const { requests, lastStep } = state;
  const found = { decodes: [] as number[], firsts: [] as number[], resumed: [] as number[] };
  const drained = state.underWay === 0;
  let decodeContextTokens = 0;
  let blurred = false;
  for (const { request, index } of tokens) {
    const { promptTokens, tokenTimesUs } = requests[request]!;
    if (lastStep[request] === step) blurred = true;
    else if (index === 0) found.firsts.push(request);
    else if (lastStep[request] !== step - 1) found.resumed.push(request);
    else {
      found.decodes.push(request);
      decodeContextTokens += promptTokens + index;
    }
    lastStep[request] = step;
    if (index === 0) state.underWay++;
    if (index === tokenTimesUs.length - 1) state.underWay--;
  }
  return { endUs: tokens[0]!.timeUs, ...found, decodeContextTokens, blurred, drained };
}
