import { describe, expect, it } from 'vitest';
import { speculationFields } from '../../src/metrics/speculation.ts';

describe('the spec_decode fields of vllm bench serve', () => {
  it('are percent of drafts, tokens a verification with the bonus token, and unconditional rates', () => {
    // 12 verifications of 3 drafts; all accepted the first, 8 the second, 4 the third: 24 of 36.
    const counts = { drafts: 12, draftTokens: 36, acceptedTokens: 24, acceptedPerPosition: [12, 8, 4] };
    expect(speculationFields(counts)).toEqual({
      spec_decode_acceptance_rate: (24 / 36) * 100,
      spec_decode_acceptance_length: 3,
      spec_decode_num_drafts: 12,
      spec_decode_draft_tokens: 36,
      spec_decode_accepted_tokens: 24,
      spec_decode_per_position_acceptance_rates: [1, 8 / 12, 4 / 12],
    });
  });

  it('are null without speculation, and where nothing was verified', () => {
    const none = speculationFields(null);
    expect(new Set(Object.values(none))).toEqual(new Set([null]));
    expect(speculationFields({ drafts: 0, draftTokens: 0, acceptedTokens: 0, acceptedPerPosition: [0] })).toEqual(none);
  });
});
