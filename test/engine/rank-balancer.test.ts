import { describe, expect, it } from 'vitest';
import { RankBalancer } from '../../src/engine/rank-balancer.ts';

const MS = 1000;

/** Sends requests to a balancer and counts where they went. */
function sender(ranks: number) {
  const balancer = new RankBalancer(ranks);
  const inFlight = new Array<number>(ranks).fill(0);
  const send = (timeUs: number) => {
    const rank = balancer.choose(timeUs, inFlight);
    inFlight[rank]!++;
    return rank;
  };
  return { balancer, inFlight, send };
}

describe('a server with idle engines', () => {
  it('gives the requests of a burst to each in turn', () => {
    const { send } = sender(4);
    expect(Array.from({ length: 8 }, () => send(0))).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  it('does not send everything to the first one while load is light', () => {
    const { inFlight, send } = sender(3);
    const ranks = Array.from({ length: 6 }, (_, i) => {
      const rank = send(i * MS);
      inFlight[rank]!--;
      return rank;
    });
    // The count of what was sent since the last report makes each one look busier than the rest.
    expect(ranks).toEqual([0, 1, 2, 0, 1, 2]);
  });
});

describe('a server with busy engines', () => {
  it('prefers the one with the fewest requests', () => {
    const { balancer, send } = sender(3);
    for (const [rank, running] of [20, 5, 9].entries()) balancer.report(rank, 0, running, 0, 0.1);
    // 5, 6, 7 and 8 on the second; then the last ties with it, and the scan starts there.
    expect(Array.from({ length: 4 }, () => send(MS))).toEqual([1, 1, 1, 1]);
  });

  it('takes its own requests for certain where they are more than was reported', () => {
    const { balancer, inFlight, send } = sender(2);
    inFlight[0] = 7;
    balancer.report(1, 0, 6, 0, 0.1);
    expect(send(MS)).toBe(1);
  });

  it('counts waiting requests up to four times as the KV cache fills', () => {
    const choice = (kvUsage: number) => {
      const { balancer, send } = sender(2);
      balancer.report(0, 0, 10, 5, kvUsage);
      balancer.report(1, 0, 20, 0, 0.2);
      return send(MS);
    };
    // 15 against 20, and 10 + 4 * 5 = 30 against 20.
    expect(choice(0.5)).toBe(0);
    expect(choice(1)).toBe(1);
  });
});

describe('what a server knows of its engines', () => {
  const load = (reports: (balancer: RankBalancer) => void, timeUs: number) => {
    const { balancer, send } = sender(2);
    reports(balancer);
    return send(timeUs);
  };

  it('is a tenth of a second old at most, once something has changed', () => {
    const reports = (balancer: RankBalancer) => {
      balancer.report(0, 0, 5, 0, 0);
      balancer.report(1, 10 * MS, 9, 0, 0);
    };
    // The first report is passed on at once, the next one 100 ms later.
    expect(load(reports, 99 * MS)).toBe(1);
    expect(load(reports, 100 * MS)).toBe(0);
  });

  it('is what was reported until then, not what is reported since', () => {
    const reports = (balancer: RankBalancer) => {
      balancer.report(0, 0, 5, 0, 0);
      balancer.report(1, 10 * MS, 9, 0, 0);
      balancer.report(0, 150 * MS, 20, 0, 0);
    };
    expect(load(reports, 160 * MS)).toBe(0);
    expect(load(reports, 200 * MS)).toBe(1);
  });
});
