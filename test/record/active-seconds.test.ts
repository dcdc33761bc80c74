import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ActiveSeconds } from '../../src/record/active-seconds.ts';

interface Life {
  readonly arrivalUs: number;
  /** null: it failed. */
  readonly lastTokenUs: number | null;
}

const served = (arrivalS: number, lastS: number): Life => ({
  arrivalUs: Math.round(arrivalS * 1e6),
  lastTokenUs: Math.round(lastS * 1e6),
});

/** Told of all arrivals in their order, and of the ends in the order of `ends`. */
function most(lives: readonly Life[], ends: readonly number[] = [...lives.keys()]): number {
  const seconds = new ActiveSeconds();
  for (const [id, { arrivalUs }] of lives.entries()) seconds.arrived(id, arrivalUs);
  for (const id of ends) {
    const { arrivalUs, lastTokenUs } = lives[id]!;
    if (lastTokenUs === null) seconds.failed(id);
    else seconds.finished(id, arrivalUs, lastTokenUs);
  }
  return seconds.most;
}

describe('the most requests in one second, as vllm bench serve counts them', () => {
  test('two that follow each other within a second are two, though never at one time', () => {
    expect(most([served(0, 0.2), served(0.5, 0.9)])).toBe(2);
  });

  test('seconds begin with the first request that succeeded', () => {
    // From 0.9 s on: the first ends in second 0, the second is active in seconds 0 and 1.
    const refused: Life = { arrivalUs: 0, lastTokenUs: null };
    const lives = [refused, served(0.9, 1.1), served(1.8, 2), served(1.95, 2.1)];
    expect([most(lives), most(lives, [2, 1, 3, 0]), most(lives, [3, 2, 1])]).toEqual([2, 2, 2]);
  });

  test('the second in which a request ends counts it', () => {
    expect(most([served(0, 1), served(1.5, 1.7)])).toBe(2);
    expect(most([served(0, 0.999), served(1.5, 1.7)])).toBe(1);
  });

  test('without a request that succeeded it is 0', () => {
    expect(most([{ arrivalUs: 5, lastTokenUs: null }])).toBe(0);
  });

  test('equals counting second by second, in whichever order requests end', () => {
    const request = fc.record({
      startMs: fc.integer({ min: 0, max: 9000 }),
      lengthMs: fc.integer({ min: 0, max: 5000 }),
      fails: fc.boolean(),
      endsAt: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 30 }), (requests) => {
        requests.sort((a, b) => a.startMs - b.startMs);
        const lives = requests.map(({ startMs, lengthMs, fails }) => ({
          arrivalUs: startMs * 1000,
          lastTokenUs: fails ? null : (startMs + lengthMs) * 1000,
        }));
        const succeeded = requests.filter(({ fails }) => !fails);
        const first = Math.min(...succeeded.map(({ startMs }) => startMs));
        const seconds = new Array<number>(20).fill(0);
        for (const { startMs, lengthMs } of succeeded) {
          const end = Math.trunc((startMs + lengthMs - first) / 1000);
          for (let second = Math.trunc((startMs - first) / 1000); second <= end; second++) seconds[second]!++;
        }
        const order = [...requests.keys()].sort((a, b) => requests[a]!.endsAt - requests[b]!.endsAt);
        expect(most(lives, order)).toBe(Math.max(...seconds));
      }),
    );
  });
});
