/** A synchronous engine small enough to follow by hand, whose steps cost a known law: what a client of it would see. */
import type { StepModelCalibration } from '../../../src/catalog/calibration.ts';
import type { TimedRequest } from '../../../src/study/calibrate/token-steps.ts';

export interface Arrival {
  readonly arrivalUs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface Server {
  readonly law: StepModelCalibration;
  readonly frontEndUs: number;
  /** Tokens of a step. */
  readonly stepTokens: number;
  /** Tokens of one step reach the client so much after one another. */
  readonly spreadUs: number;
}

/** First come, first served, decodes first, prompts cut to what a step has room for; no limit of memory. */
export function serve(arrivals: readonly Arrival[], server: Server): TimedRequest[] {
  const { law, frontEndUs, stepTokens, spreadUs } = server;
  const states = arrivals.map((arrival) => ({ ...arrival, computed: 0, tokenTimesUs: [] as number[] }));
  let nowUs = 0;
  for (;;) {
    const open = states.filter((state) => state.tokenTimesUs.length < state.outputTokens);
    if (open.length === 0) return states;
    const here = open.filter(({ arrivalUs }) => arrivalUs + frontEndUs <= nowUs);
    if (here.length === 0) {
      nowUs = Math.min(...open.map(({ arrivalUs }) => arrivalUs + frontEndUs));
      continue;
    }
    let durationUs = law.base_us;
    let room = stepTokens;
    const served: typeof states = [];
    for (const state of [...here].sort((a, b) => Number(b.computed > 0) - Number(a.computed > 0))) {
      const missing = state.promptTokens - state.computed;
      const tokens = Math.min(room, Math.max(1, missing));
      if (tokens === 0) break;
      room -= tokens;
      state.computed += tokens;
      durationUs += law.per_context_token_us * state.computed;
      durationUs += missing > 0 ? law.per_prompt_token_us * tokens : law.per_decode_us;
      if (state.computed >= state.promptTokens) served.push(state);
    }
    nowUs += Math.round(durationUs);
    for (const [i, state] of served.entries()) state.tokenTimesUs.push(nowUs + i * spreadUs);
  }
}
