/**
 * The outcome of speculative decoding with the names and definitions of `vllm bench serve` (vllm/benchmarks/serve.py,
 * 0.33) and of vLLM's log line: the acceptance rate is accepted over proposed drafts, in percent; the acceptance length
 * is tokens a verification yields, the one that needs no draft included; rates by position are unconditional.
 */
import type { DraftCounts } from '../record/run-record.ts';

/** All null where no draft was verified. */
export interface SpeculationFields {
  /** Percent of the drafts that were accepted. */
  spec_decode_acceptance_rate: number | null;
  /** 1 + accepted drafts a verification. */
  spec_decode_acceptance_length: number | null;
  /** Verifications. */
  spec_decode_num_drafts: number | null;
  spec_decode_draft_tokens: number | null;
  spec_decode_accepted_tokens: number | null;
  /** Share of the verifications, 0 to 1, that accepted this draft and all before it. */
  spec_decode_per_position_acceptance_rates: number[] | null;
}

export function speculationFields(counts: DraftCounts | null): SpeculationFields {
  if (counts === null || counts.drafts === 0) {
    return {
      spec_decode_acceptance_rate: null,
      spec_decode_acceptance_length: null,
      spec_decode_num_drafts: null,
      spec_decode_draft_tokens: null,
      spec_decode_accepted_tokens: null,
      spec_decode_per_position_acceptance_rates: null,
    };
  }
  const { drafts, draftTokens, acceptedTokens, acceptedPerPosition } = counts;
  return {
    spec_decode_acceptance_rate: (acceptedTokens / draftTokens) * 100,
    spec_decode_acceptance_length: 1 + acceptedTokens / drafts,
    spec_decode_num_drafts: drafts,
    spec_decode_draft_tokens: draftTokens,
    spec_decode_accepted_tokens: acceptedTokens,
    spec_decode_per_position_acceptance_rates: acceptedPerPosition.map((accepted) => accepted / drafts),
  };
}
