/**
 * Routing by expected length: short answers to one pool, long ones to another, so that the short ones do not wait behind
 * the long. Who expects it: an oracle that knows, a classifier that is off by a lognormal factor (an assumption: errors of
 * length predictors are usually given in ratios), or the mean of all answers of the request's class that have ended so
 * far. Within a pool the replica with the fewest requests is taken. Where a pool has none that accepts, the next larger one
 * serves its requests; a prompt that a pool's `max_model_len` has no room for goes past it.
 */
import { normal, type Sampler } from '../../core/distributions.ts';
import type { Rng } from '../../core/random.ts';
import type { Request } from '../../workload/request.ts';
import { fewestOutstanding } from './by-load.ts';
import type { Routing } from './routed.ts';

export interface LengthPool {
  /** Number of the pool. */
  readonly pool: number;
  /** It takes requests of fewer expected output tokens; null: of any number. */
  readonly below: number | null;
  /** Of its replicas, tokens. */
  readonly maxModelLen: number;
}

/** `pools` from the shortest answers to the longest. */
export function byExpectedLength(pools: readonly LengthPool[]): Routing {
  return {
    route: ({ expectedTokens, promptTokens }, replicas) => {
      for (const { pool, below, maxModelLen } of pools) {
        if (below !== null && (expectedTokens === null || expectedTokens >= below)) continue;
        if (promptTokens >= maxModelLen && pool !== pools.at(-1)!.pool) continue;
        const replica = fewestOutstanding(replicas.filter((one) => one.pool === pool));
        if (replica !== null) return replica;
      }
      return null;
    },
    forget: () => {},
  };
}

export interface LengthGuess {
  /** The output tokens expected of a request. Asked once a request, in order of ids; null: nothing is known. */
  expect(request: Pick<Request, 'class' | 'outputTokens'>): number | null;
  /** An answer of a class ended with so many tokens. */
  ended(requestClass: number, outputTokens: number): void;
}

/** Knows every length. */
export function oracle(): LengthGuess {
  return { expect: ({ outputTokens }) => outputTokens, ended: () => {} };
}

/** Off by a factor whose logarithm has the standard deviation `error`. */
export function classifier(error: number, rng: Rng): LengthGuess {
  const noise: Sampler = normal(rng, 0, error);
  return { expect: ({ outputTokens }) => outputTokens * Math.exp(noise()), ended: () => {} };
}

/** The mean of what ended. */
export function meanOfClass(): LengthGuess {
  const sums: { tokens: number; answers: number }[] = [];
  return {
    expect: (request) => {
      const sum = sums[request.class];
      return sum === undefined ? null : sum.tokens / sum.answers;
    },
    ended: (requestClass, outputTokens) => {
      sums[requestClass] ??= { tokens: 0, answers: 0 };
      sums[requestClass].tokens += outputTokens;
      sums[requestClass].answers++;
    },
  };
}
