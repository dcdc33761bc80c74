/**
 * Intervals between token clusters with what was computed in them. Where a prompt may have been computed in two steps
 * (it arrived before the first began, and the first had no room for all of it), the two are taken as one interval: the
 * cost of a step is a sum, so the sum over both is known though its division is not. Steps whose work cannot be known
 * (a request comes back after a preemption, with what the prefix cache kept of it) are left out.
 */
import type { TimedRequest, TokenStep } from './token-steps.ts';

/** What of the engine's settings decides how prompts are divided over steps. */
export interface StepLimits {
  /** vLLM's `max_num_scheduled_tokens`. */
  readonly stepTokens: number;
  /** Most tokens of one prompt in a step (`long_prefill_token_threshold`, where there is one). */
  readonly chunkTokens: number;
  /** The next step is scheduled while this one runs. */
  readonly asyncScheduling: boolean;
}

/** One or several steps of known work and duration. */
export interface StepWindow {
  /** When its last token reached the client. */
  readonly endUs: number;
  readonly durationUs: number;
  readonly steps: number;
  /** Sums over the steps. */
  readonly decodes: number;
  readonly promptTokens: number;
  /** Tokens in the cache of the scheduled requests after each step. */
  readonly contextTokens: number;
  /** The engine was idle before, so the duration is counted from the arrival and holds the front end's work. */
  readonly fromIdle: boolean;
}

export interface DividedSteps {
  /** In order of time. */
  readonly windows: readonly StepWindow[];
  /** Steps left out, because what was computed in them is not known. */
  readonly unclearSteps: number;
}

/** Divides the steps of a run into windows; `joined` is `joinedSteps` of them. */
export function stepWindows(
  requests: readonly TimedRequest[],
  steps: readonly TokenStep[],
  joined: readonly boolean[],
  limits: StepLimits,
): DividedSteps {
  const windows: StepWindow[] = [];
  let unclearSteps = 0;
  for (let first = 0; first < steps.length; ) {
    let last = first;
    while (joined[last + 1] === true) last++;
    const window = windowOf(requests, steps, first, last, limits);
    if (window === null) unclearSteps += last - first + 1;
    else windows.push(window);
    first = last + 1;
  }
  return { windows, unclearSteps };
}

/** True at a step: a prompt that ends in it may have begun in the step before. */
export function joinedSteps(
  requests: readonly TimedRequest[],
  steps: readonly TokenStep[],
  limits: StepLimits,
): boolean[] {
  const joined = new Array<boolean>(steps.length).fill(false);
  for (const [index, { firsts, resumed }] of steps.entries()) {
    for (const request of [...firsts, ...resumed]) {
      const { arrivalUs, promptTokens, outputTokens } = requests[request]!;
      // What comes back computes its output so far, too; how much that is matters little here.
      const tokens = promptTokens + (resumed.includes(request) ? outputTokens : 0);
      let computed = 0;
      for (let at = index; at > 0 && !steps[at]!.drained; at--) {
        const free = roomForPrompts(requests, steps[at - 1]!, limits);
        computed += free;
        if (arrivalUs > beginUs(steps, at - 1, limits) || free === 0 || tokens <= computed) break;
        joined[at] = true;
      }
    }
  }
  return joined;
}

/** When the last request that a step can hold must have arrived, at the latest. */
function beginUs(steps: readonly TokenStep[], step: number, { asyncScheduling }: StepLimits): number {
  const decidedAfter = steps[step - (asyncScheduling ? 2 : 1)];
  return steps[step]!.drained || decidedAfter === undefined ? steps[step]!.endUs : decidedAfter.endUs;
}

/** Tokens of a prompt that is not finished in the step for which the step has room. */
function roomForPrompts(requests: readonly TimedRequest[], step: TokenStep, limits: StepLimits): number {
  const free = limits.stepTokens - step.decodes.length - promptTokensOf(requests, step);
  return Math.max(0, Math.min(free, limits.chunkTokens));
}

function promptTokensOf(requests: readonly TimedRequest[], { firsts }: TokenStep): number {
  return firsts.reduce((sum, request) => sum + requests[request]!.promptTokens, 0);
}

/** The steps from `first` to `last` as one window; null: what they computed, or when they began, is not known. */
function windowOf(
  requests: readonly TimedRequest[],
  steps: readonly TokenStep[],
  first: number,
  last: number,
  limits: StepLimits,
): StepWindow | null {
  const within = steps.slice(first, last + 1);
  if (within.some(({ blurred, resumed }) => blurred || resumed.length > 0)) return null;
  const promptTokens = within.reduce((sum, step) => sum + promptTokensOf(requests, step), 0);
  const work = {
    decodes: within.reduce((sum, { decodes }) => sum + decodes.length, 0),
    promptTokens,
    contextTokens: within.reduce((sum, { decodeContextTokens }) => sum + decodeContextTokens, promptTokens),
  };
  const endUs = steps[last]!.endUs;
  const before = steps[first - 1];
  if (!steps[first]!.drained)
    return { endUs, durationUs: endUs - before!.endUs, steps: within.length, ...work, fromIdle: false };
  const [request, ...others] = steps[first]!.firsts.map((index) => requests[index]!);
  if (request === undefined || others.length > 0 || last > first) return null;
  if (before !== undefined && request.arrivalUs < before.endUs) return null;
  const chunks = chunksOf(request.promptTokens, limits);
  const contextTokens = chunks.reduce((sum, tokens) => sum + tokens, 0);
  return { endUs, durationUs: endUs - request.arrivalUs, steps: chunks.length, ...work, contextTokens, fromIdle: true };
}

/** Tokens in the cache after each step of a prompt that has the engine to itself. */
function chunksOf(promptTokens: number, { stepTokens, chunkTokens }: StepLimits): number[] {
  const chunk = Math.min(stepTokens, chunkTokens);
  const count = Math.ceil(promptTokens / chunk);
  return Array.from({ length: count }, (_, i) => Math.min(promptTokens, (i + 1) * chunk));
}
