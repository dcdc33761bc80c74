/**
 * How long a request takes from the client to the engine's queue, and its tokens back, from when its first token came. A
 * request whose prompt took one step was scheduled when that step began, so it was there by then; had it been there when
 * the step before began, it would have been in that one. Each request so gives an interval in which the delay lies; the
 * delay that lies in most of them is taken. Requests that had to wait for room lie elsewhere, and far apart.
 */
import type { StepLimits } from './step-windows.ts';
import type { TimedRequest, TokenStep } from './token-steps.ts';

export interface FrontEndFit {
  /** Whole microseconds. */
  readonly us: number;
  /** Requests that agree with it, of those that could. */
  readonly requests: number;
  readonly of: number;
}

/** Fewer requests that agree may do so by chance. */
const FEWEST_REQUESTS = 8;

interface Interval {
  readonly aboveUs: number;
  readonly toUs: number;
}

/** The front end's work a request; null: not identified. `joined` is `joinedSteps` of the steps. */
export function fitFrontEnd(
  requests: readonly TimedRequest[],
  steps: readonly TokenStep[],
  joined: readonly boolean[],
  { asyncScheduling }: StepLimits,
): FrontEndFit | null {
  // Scheduled one step ahead, a batch was decided when the step before the last ended.
  const ahead = asyncScheduling ? 1 : 0;
  const intervals: Interval[] = [];
  for (let step = 2 + ahead; step < steps.length; step++) {
    if (joined[step] || steps.slice(step - 1 - ahead, step + 1).some(({ drained }) => drained)) continue;
    for (const request of steps[step]!.firsts) {
      const { arrivalUs } = requests[request]!;
      const toUs = steps[step - 1 - ahead]!.endUs - arrivalUs;
      if (toUs >= 0) intervals.push({ aboveUs: Math.max(-1, steps[step - 2 - ahead]!.endUs - arrivalUs), toUs });
    }
  }
  const best = deepestPoint(intervals);
  return best === null || best.depth < FEWEST_REQUESTS
    ? null
    : { us: Math.round(best.us), requests: best.depth, of: intervals.length };
}

/** The middle of the first stretch that lies in most intervals. */
function deepestPoint(intervals: readonly Interval[]): { us: number; depth: number } | null {
  const borders = intervals
    .flatMap(({ aboveUs, toUs }) => [
      { us: aboveUs, opens: 1 },
      { us: toUs, opens: -1 },
    ])
    .sort((a, b) => a.us - b.us || a.opens - b.opens);
  let best: { us: number; depth: number } | null = null;
  let depth = 0;
  for (const [i, { us, opens }] of borders.entries()) {
    depth += opens;
    const nextUs = borders[i + 1]?.us ?? us;
    if (nextUs > us && depth > (best?.depth ?? 0)) best = { us: (us + nextUs) / 2, depth };
  }
  return best;
}
