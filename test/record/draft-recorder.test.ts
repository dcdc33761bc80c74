import { expect, it } from 'vitest';
import { DraftRecorder } from '../../src/record/draft-recorder.ts';

it('counts verifications, drafts, accepted ones, and those by position', () => {
  const recorder = new DraftRecorder(3);
  recorder.add(3, 2);
  recorder.add(3, 0);
  recorder.add(2, 2);
  recorder.add(3, 3);
  expect(recorder.counts()).toEqual({
    drafts: 4,
    draftTokens: 11,
    acceptedTokens: 7,
    acceptedPerPosition: [3, 3, 1],
  });
});
