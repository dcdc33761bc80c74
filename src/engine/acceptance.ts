/**
 * Which drafts survive verification. Nothing here looks at tokens: each verification draws one uniform number u from the
 * request's own stream and accepts the first a drafts, a the largest with u < P(the first a drafts are all accepted).
 * Rates are therefore unconditional by position, as vLLM reports them and as its own synthetic mode takes them
 * (vLLM 0.33: SpeculativeConfig.synthetic_acceptance_rates). With the same u a request accepts no fewer drafts under a
 * more generous law, so that laws are compared on common random numbers.
 */
import { beta } from '../core/distributions.ts';
import type { RandomStreams, Rng } from '../core/random.ts';
import type { DraftModel } from './draft-model.ts';
import type { EngineRequest } from './request-state.ts';

/** How likely drafts are accepted. All probabilities from 0 to 1. */
export type AcceptanceLaw =
  /** Every draft whose predecessors were accepted, with this probability. */
  | { readonly constant: number }
  /** By position: that this draft and all before it are accepted; the last ratio goes on beyond the end. */
  | { readonly rates: readonly number[] }
  /** A constant for each request, drawn from a beta law with that mean and alpha + beta = concentration. */
  | { readonly beta: { readonly mean: number; readonly concentration: number } }
  /**
   * Runs, as when text is copied. Outside a run the first draft is accepted with probability `start`; every draft after
   * an accepted one with `stay`. A step whose drafts were all accepted leaves the request in the run. Outside a run
   * the drafter proposes anything in this share of the steps, `propose` (>= start), where the engine asks it.
   */
  | { readonly markov: { readonly start: number; readonly stay: number; readonly propose: number } };

interface RequestState {
  readonly rng: Rng;
  /** The request's own constant, under the beta law. */
  readonly constant: number;
  /** All drafts of its last verification were accepted. */
  inRun: boolean;
  /** The drafts to verify were proposed because something matched, not for want of knowing. */
  matched: boolean;
}

/** Draws acceptances from the stream `acceptance/<request id>` of each request. */
export class RandomDraftModel implements DraftModel {
  private readonly law: AcceptanceLaw;
  private readonly factorPer1kTokens: number;
  private readonly streams: RandomStreams;
  /** Ends with the request. */
  private readonly states = new WeakMap<EngineRequest, RequestState>();

  /** `factorPer1kTokens` multiplies the chance of each draft once for every 1,000 output tokens; 1: no drift. */
  constructor(law: AcceptanceLaw, factorPer1kTokens: number, streams: RandomStreams) {
    this.law = law;
    this.factorPer1kTokens = factorPer1kTokens;
    this.streams = streams;
  }

  accepted(request: EngineRequest, verifiedDrafts: number): number {
    const state = this.stateOf(request);
    const drift = this.factorPer1kTokens === 1 ? 1 : this.factorPer1kTokens ** (request.outputTokens / 1000);
    const u = state.rng();
    let accepted = 0;
    let share = 1;
    while (accepted < verifiedDrafts) {
      share *= Math.min(1, drift * this.chance(state, accepted));
      if (u >= share) break;
      accepted++;
    }
    state.inRun = accepted === verifiedDrafts;
    state.matched = false;
    return accepted;
  }

  proposed(request: EngineRequest, draftTokens: number): number {
    if (!('markov' in this.law)) return draftTokens;
    const { propose } = this.law.markov;
    if (propose === 1) return draftTokens;
    const state = this.stateOf(request);
    if (state.inRun) return draftTokens;
    state.matched = state.rng() < propose;
    return state.matched ? draftTokens : 0;
  }

  /** Probability that draft `position` (from 0) is accepted once all before it are. */
  private chance(state: RequestState, position: number): number {
    const { law } = this;
    if ('rates' in law) return conditionalRate(law.rates, position);
    if (!('markov' in law)) return state.constant;
    const { start, stay, propose } = law.markov;
    if (position > 0 || state.inRun) return stay;
    return state.matched ? start / propose : start;
  }

  private stateOf(request: EngineRequest): RequestState {
    const known = this.states.get(request);
    if (known !== undefined) return known;
    const rng = this.streams(`acceptance/${request.id}`);
    const state = { rng, constant: requestConstant(this.law, rng), inRun: false, matched: false };
    this.states.set(request, state);
    return state;
  }
}

function requestConstant(law: AcceptanceLaw, rng: Rng): number {
  if ('constant' in law) return law.constant;
  if (!('beta' in law)) return 0;
  const { mean, concentration } = law.beta;
  return beta(rng, mean * concentration, (1 - mean) * concentration)();
}

function conditionalRate(rates: readonly number[], position: number): number {
  const i = Math.min(position, rates.length - 1);
  const before = i === 0 ? 1 : rates[i - 1]!;
  return before === 0 ? 0 : rates[i]! / before;
}
