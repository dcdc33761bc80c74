import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ScheduledRequest } from '../../src/engine/batch.ts';
import { decodeEntry, sortEntries } from '../../src/engine/cohort-calls.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';

const entryAt = (seat: number): ScheduledRequest => decodeEntry({ seat, computedTokens: 1 } as EngineRequest);

it('entries of a batch are put into running order, few or many of them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { maxLength: 100, size: 'max' }), (seats) => {
      const entries = seats.map(entryAt);
      sortEntries(entries);
      expect(entries.map(({ request }) => request.seat)).toEqual([...seats].sort((a, b) => a - b));
    }),
  );
});
