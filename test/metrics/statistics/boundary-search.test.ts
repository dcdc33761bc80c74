import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import {
  type Boundary,
  bisectionSteps,
  boundarySearch,
  everyCandidate,
} from '../../../src/metrics/statistics/boundary-search.ts';
import { descendingCandidates, geometricCandidates } from '../../../src/metrics/statistics/candidates.ts';
import { normalQuantile } from '../../../src/metrics/statistics/normal.ts';
import { neededFor, type Probe, runSearch, type Search } from '../../../src/metrics/statistics/targets.ts';
import { exponential, lindley } from './lindley.ts';

interface Asked {
  readonly candidates: readonly number[];
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  readonly most?: number;
  readonly fewest?: number;
}

/** What a search found, with candidates by their values. */
type Found = Omit<Boundary, 'best' | 'next'> & { readonly best: number | null; readonly next: number | null };

function optionsOf({ candidates, target, ...effort }: Asked) {
  const one =
    'atLeast' in target
      ? ({ bound: 'at_least', limit: target.atLeast } as const)
      : ({ bound: 'at_most', limit: target.atMost } as const);
  return { candidates: candidates.length, targets: [one], ...effort };
}

/** Runs a search on a measurement by candidate and seed. */
function told(
  search: Search<Boundary>,
  candidates: readonly number[],
  measure: (candidate: number, seed: number) => number,
): Found {
  let step = search.next();
  while (!step.done)
    step = search.next(
      step.value.map(({ candidate, from, to }) => ({
        rows: Array.from({ length: to - from }, (_, i) => [measure(candidates[candidate]!, from + i)]),
        refusal: null,
      })),
    );
  const { best, next } = step.value;
  const named = (candidate: number | null) => (candidate === null ? null : candidates[candidate]!);
  return { ...step.value, best: named(best), next: named(next) };
}

function search(asked: Asked, measure: (candidate: number, seed: number) => number): Found {
  return told(boundarySearch(optionsOf(asked)), asked.candidates, measure);
}

/** The hardest candidate before the first that does not meet the target, by trying all. */
function bruteForce(candidates: readonly number[], meets: (candidate: number) => boolean): number | null {
  const first = candidates.findIndex((candidate) => !meets(candidate));
  return candidates[(first < 0 ? candidates.length : first) - 1] ?? null;
}

describe('the search finds what brute force finds', () => {
  it('the highest rate at which 95 % of the requests are served within 10 service times', () => {
    // M/M/1: the time in system is exponential with rate 1 - ρ, so that the share within 10 is 1 - exp(-10 (1 - ρ)).
    const candidates = geometricCandidates(0.2, 0.9, 0.05);
    const exact = bruteForce(candidates, (rho) => 1 - Math.exp(-10 * (1 - rho)) >= 0.95);
    const measured = (rho: number, seed: number) => {
      const { arrivals, departures } = lindley(randomStreams(seed)('queue'), rho, 4000);
      return departures.reduce((good, departure, i) => good + (departure - arrivals[i]! <= 10 ? 1 : 0), 0) / 4000;
    };
    const { best, next } = search({ candidates, target: { atLeast: 0.95 }, most: 160 }, measured);
    expect(best).toBe(exact);
    expect(next).toBe(candidates[candidates.indexOf(exact!) + 1]);
  });

  it('the smallest context that cuts at most 2 % of the answers short', () => {
    // Lengths are lognormal; 2 % are longer than exp(μ + 2.0537 σ).
    const [mu, sigma] = [8, 0.8];
    const candidates = descendingCandidates(4096, 32768, 1024);
    const longest = Math.exp(mu + normalQuantile(0.98) * sigma);
    const exact = bruteForce(candidates, (context) => context >= longest);
    const cutShort = (context: number, seed: number) => {
      const rng = randomStreams(seed)('lengths');
      let cut = 0;
      for (let i = 0; i < 3000; i++)
        if (Math.exp(mu + sigma * normalQuantile(1e-12 + rng() * (1 - 2e-12))) > context) cut++;
      return cut / 3000;
    };
    expect(search({ candidates, target: { atMost: 0.02 }, most: 160 }, cutShort).best).toBe(exact);
  });

  it('the fewest servers that keep the mean wait below a tenth of a service time', () => {
    // M/M/c with λ = 6 and μ = 1, by Erlang’s C formula.
    const candidates = descendingCandidates(7, 16, 1);
    const exact = bruteForce(candidates, (servers) => erlangWait(6, servers) <= 0.1);
    const { best } = search({ candidates, target: { atMost: 0.1 }, most: 160 }, (servers, seed) =>
      multiServerWait(6, servers, 4000, seed),
    );
    expect(best).toBe(exact);
  });
});

describe('a search', () => {
  const candidates = Array.from({ length: 40 }, (_, i) => i + 1);
  const noise = (candidate: number, seed: number) => randomStreams(seed)(`noise/${candidate}`)() - 0.5;

  it('without noise finds any border with the fewest replications', () => {
    const borders = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(borders, fc.boolean(), (border, isAtLeast) => {
        const target = isAtLeast ? { atLeast: 0 } : { atMost: 0 };
        const measured = (candidate: number) => (isAtLeast ? border - candidate : candidate - border);
        const { best, next, tried, inversions } = search({ candidates, target }, measured);
        expect(best).toBe(border === 0 ? null : border);
        expect(next).toBe(border === 40 ? null : border + 1);
        expect(tried.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(39)));
        expect(tried.every(({ rows }) => rows.length === 5)).toBe(true);
        expect(inversions).toEqual([]);
      }),
    );
  });

  it('is wrong in at most 5 of 100 studies, where wrong is a candidate that does not meet the target', () => {
    let [wrong, exact] = [0, 0];
    for (let study = 0; study < 100; study++) {
      // The border lies between 20 and 21, and noise is 5 steps wide: at 320 replications half a step is six standard errors.
      const { best } = search(
        { candidates, target: { atLeast: 0 }, most: 320 },
        (candidate, seed) => 20.5 - candidate + 5 * noise(candidate, 1000 * study + seed),
      );
      if (best === null || best > 20) wrong++;
      if (best === 20) exact++;
    }
    expect(wrong).toBeLessThanOrEqual(5);
    expect(exact).toBeGreaterThanOrEqual(95);
  });

  it('asks for more replications of a candidate only where they are needed, the new ones alone', () => {
    const asked: Probe[] = [];
    const going = boundarySearch(optionsOf({ candidates: [1, 2], target: { atLeast: 0 }, fewest: 4, most: 12 }));
    let step = going.next();
    while (!step.done) {
      asked.push(...step.value);
      step = going.next(
        step.value.map(({ candidate, from, to }) => ({
          rows: Array.from({ length: to - from }, (_, i) => [candidate === 0 ? 1 : (-1) ** i]),
          refusal: null,
        })),
      );
    }
    expect(asked).toEqual([
      { candidate: 0, from: 0, to: 4 },
      { candidate: 1, from: 0, to: 4 },
      { candidate: 1, from: 4, to: 8 },
      { candidate: 1, from: 8, to: 12 },
    ]);
    expect(step.value).toMatchObject({ best: 0, next: 1 });
    expect(step.value.tried[1]!.decision).toBe('undecided');
  });

  it('says how many replications should settle what it could not', () => {
    // A mean of 0.1 with a deviation near 1: 40 are not enough, a few thousand are.
    const values = (candidate: number, seed: number) => (candidate === 1 ? 5 : 0.1 + (seed % 2 === 0 ? 1 : -1));
    const { tried, levelOfEach } = search({ candidates: [1, 2], target: { atLeast: 0 } }, values);
    expect(tried[1]!.decision).toBe('undecided');
    // Each side at 0.05 / (2 · 4): z = 2.50, and (2.50 / 0.1)² = 624.
    const needed = neededFor(tried[1]!, 0, { bound: 'at_least', limit: 0 }, levelOfEach);
    expect(needed).toBeGreaterThan(590);
    expect(needed).toBeLessThan(660);
  });

  it('takes every interval at a level at which all hold together', () => {
    // Two ends and one in the middle; 5, 10, 20 and 40 replications.
    const { levelOfEach } = search({ candidates: [1, 2, 3], target: { atLeast: 0 } }, () => 1);
    expect(levelOfEach).toBeCloseTo(1 - (2 * 0.05) / (3 * 4), 12);
  });

  it('reports candidates that do better than gentler ones', () => {
    // 20 fails although 30 and 40 meet the target, which bisection sees if it tries them.
    const found = search(
      { candidates: [1, 2, 3, 4, 5], target: { atLeast: 0 } },
      (candidate, seed) => [1, -1, -2, 1, -3][candidate - 1]! + 0.01 * noise(candidate, seed),
    );
    expect(found.best).toBe(1);
    expect(found.inversions).toEqual([]);
    const turned = search(
      { candidates: [1, 2, 3, 4, 5], target: { atMost: 0 } },
      (candidate, seed) => [-1, -4, -2, 2, 3][candidate - 1]! + 0.01 * noise(candidate, seed),
    );
    expect(turned.best).toBe(3);
    expect(turned.inversions).toEqual([{ gentler: 0, harder: 2, target: 0 }]);
  });

  it('goes the same way each time, at once or with waiting', async () => {
    const asked: Asked = { candidates, target: { atLeast: 0 } };
    const measure = (candidate: number, seed: number) => 12.3 - candidate + 3 * noise(candidate, seed);
    const { tried } = await runSearch(boundarySearch(optionsOf(asked)), async (probes) =>
      probes.map(({ candidate, from, to }) => ({
        rows: Array.from({ length: to - from }, (_, i) => [measure(candidates[candidate]!, from + i)]),
        refusal: null,
      })),
    );
    expect(tried).toEqual(search(asked, measure).tried);
  });

  it('with one candidate tells whether it meets the target', () => {
    expect(search({ candidates: [7], target: { atMost: 1 } }, () => 0)).toMatchObject({ best: 7, next: null });
    expect(search({ candidates: [7], target: { atMost: 1 } }, () => 2)).toMatchObject({ best: null, next: 7 });
  });
});

describe('a search that tries every candidate', () => {
  const measured = (candidates: readonly number[], values: (candidate: number, seed: number) => number, most = 40) =>
    told(everyCandidate(optionsOf({ candidates, target: { atLeast: 0 }, most })), candidates, values);

  it('finds the hardest that meets the target, whatever the gentler ones do', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (meets) => {
        const candidates = meets.map((_, i) => i);
        const { best, next, tried } = measured(candidates, (candidate) => (meets[candidate] ? 1 : -1));
        const hardest = meets.lastIndexOf(true);
        expect(best).toBe(hardest < 0 ? null : hardest);
        expect(next).toBe(hardest + 1 < meets.length ? hardest + 1 : null);
        expect(tried.map(({ decision }) => decision)).toEqual(meets.map((each) => (each ? 'meets' : 'fails')));
      }),
    );
  });

  it('gives more replications to undecided candidates only where they could be the answer', () => {
    // 1 and 3 stay undecided whatever the number; 2 meets the target at once, so that 1 no longer matters.
    const { tried, best } = measured([1, 2, 3], (candidate, seed) => (candidate === 2 ? 1 : (-1) ** seed));
    expect(tried.map(({ rows }) => rows.length)).toEqual([5, 5, 40]);
    expect(best).toBe(2);
  });
});

describe('targets', () => {
  const both = [
    { bound: 'at_most', limit: 1 },
    { bound: 'at_least', limit: 0 },
  ] as const;
  const decisionsOf = (rows: readonly number[][], refusal: string | null = null) => {
    const going = everyCandidate({ candidates: 1, targets: both, fewest: rows.length, most: rows.length });
    going.next();
    return (going.next([{ rows, refusal }]).value as Boundary).tried[0]!;
  };

  it('are all met, or the candidate fails', () => {
    expect(
      decisionsOf([
        [0, 1],
        [0, 1],
      ]).decision,
    ).toBe('meets');
    expect(
      decisionsOf([
        [2, 1],
        [2, 1],
      ]),
    ).toMatchObject({
      decision: 'fails',
      targets: [{ decision: 'fails' }, { decision: 'meets' }],
    });
    expect(
      decisionsOf([
        [0, 5],
        [0, -5],
      ]),
    ).toMatchObject({
      decision: 'undecided',
      targets: [{ decision: 'meets' }, { decision: 'undecided' }],
    });
  });

  it('are not met where something was not measured, or the candidate is refused', () => {
    expect(
      decisionsOf([
        [0, Number.NaN],
        [0, 1],
      ]),
    ).toMatchObject({ decision: 'fails' });
    expect(
      decisionsOf([
        [Number.POSITIVE_INFINITY, 1],
        [0, 1],
      ]).targets[0],
    ).toEqual({ decision: 'fails', interval: null });
    expect(
      decisionsOf(
        [
          [0, 1],
          [0, 1],
        ],
        'the queue grows',
      ).decision,
    ).toBe('fails');
  });

  it('keep the decision of the first look that makes one', () => {
    // Met by far with two replications; the next two would leave it undecided.
    const values = [0, 0.001, 40, -40];
    const going = boundarySearch({ candidates: 1, targets: both, fewest: 2, most: 4 });
    let step = going.next();
    let from = 0;
    while (!step.done) {
      const [{ to }] = step.value as [Probe];
      // The second target is undecided at the first look and met at the second.
      const rows = values.slice(from, to).map((value, i) => [value, from === 0 ? 5 * (-1) ** i : 50]);
      step = going.next([{ rows, refusal: null }]);
      from = to;
    }
    expect(step.value.tried[0]!.targets[0]!.decision).toBe('meets');
  });
});

describe('bisection', () => {
  it('never tries more than its bound, which is the ends and the halvings between', () => {
    expect([1, 2, 3, 5, 9, 187].map(bisectionSteps)).toEqual([1, 2, 3, 4, 5, 10]);
  });
});

describe('candidates', () => {
  it('of rates lie close enough together and have short numbers', () => {
    const rates = geometricCandidates(1, 10, 0.1);
    expect([rates[0], rates[1], rates.at(-1)]).toEqual([1, 1.1, 10]);
    for (const [i, rate] of rates.slice(1).entries()) {
      expect(rate / rates[i]!).toBeLessThan(1.11);
      expect(rate).toBeGreaterThan(rates[i]!);
      expect(rate).toBe(Number(rate.toPrecision(3)));
    }
  });

  it('of a resource go down from the most, by whole steps', () => {
    expect(descendingCandidates(1000, 4096, 1024)).toEqual([4096, 3072, 2048, 1024, 1000]);
    expect(descendingCandidates(1, 4, 1)).toEqual([4, 3, 2, 1]);
    expect(descendingCandidates(5, 5, 1)).toEqual([5]);
  });
});

/** Mean wait of M/M/c with μ = 1 (Erlang’s C formula; Kleinrock, Queueing Systems I, section 3.5). */
function erlangWait(load: number, servers: number): number {
  let blocking = 1;
  for (let c = 1; c <= servers; c++) blocking = (load * blocking) / (c + load * blocking);
  const waiting = (servers * blocking) / (servers - load * (1 - blocking));
  return waiting / (servers - load);
}

/** Customers go to the server that is free first; those of the first tenth, who find the system empty, do not count. */
function multiServerWait(load: number, servers: number, customers: number, seed: number): number {
  const streams = randomStreams(seed);
  const [gaps, services] = [streams('gaps'), streams('services')];
  const freeAt = new Float64Array(servers);
  let [now, sum] = [0, 0];
  for (let i = 0; i < customers; i++) {
    now += exponential(gaps) / load;
    let first = 0;
    for (let server = 1; server < servers; server++) if (freeAt[server]! < freeAt[first]!) first = server;
    const start = Math.max(now, freeAt[first]!);
    freeAt[first] = start + exponential(services);
    if (i >= customers / 10) sum += start - now;
  }
  return sum / (0.9 * customers);
}
