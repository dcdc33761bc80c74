import { expect, it } from 'vitest';
import { CohortContexts } from '../../src/engine/cohort-contexts.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';

it.each([7, -7])('extremes are those of the members, also when nobody was one before: context offset %i', (offset) => {
  const contexts = new CohortContexts(null);
  contexts.measure();
  contexts.add({ contextOffset: offset, computedTokens: 20, memberIndex: 0 } as EngineRequest);
  expect(contexts.measure()).toMatchObject({ requests: 1, maxContextTokens: offset, minContextTokens: offset });
});
