/** Resolved speculative decoding as engine and step-time model take it. */

import { drafterOf } from '../config/resolve-speculation.ts';
import type { Deployment, Speculation } from '../config/resolved.ts';
import type { RandomStreams } from '../core/random.ts';
import { RandomDraftModel } from '../engine/acceptance.ts';
import type { DraftModel } from '../engine/draft-model.ts';
import type { SpeculationOptions } from '../engine/options.ts';
import type { Drafting } from '../latency/draft-time.ts';

/** What the scheduler needs to know; EAGLE-3 and EAGLE are scheduled alike. */
export function speculationOptions(speculation: Speculation | null): SpeculationOptions | null {
  if (speculation === null) return null;
  const { method, draft_tokens } = speculation;
  return { method: method === 'eagle3' ? 'eagle' : method, draftTokens: draft_tokens };
}

/** Who decides which drafts are accepted. */
export function draftModelOf(speculation: Speculation | null, streams: RandomStreams): DraftModel | null {
  if (speculation === null) return null;
  const { acceptance } = speculation;
  return new RandomDraftModel(acceptance, acceptance.factor_per_1k_tokens, streams);
}

/** What proposing costs. */
export function draftingOf({ speculation, quantization }: Deployment): Drafting | null {
  if (speculation === null) return null;
  return { drafter: drafterOf(speculation, quantization), draftTokens: speculation.draft_tokens };
}
