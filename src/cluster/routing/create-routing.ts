/** The routers by name. */
import type { RandomStreams } from '../../core/random.ts';
import { leastKvUsage, leastOutstanding, powerOfTwo, random, roundRobin } from './by-load.ts';
import {
  byExpectedLength,
  classifier,
  type LengthGuess,
  type LengthPool,
  meanOfClass,
  oracle,
} from './expected-length.ts';
import { type PrefixAwareOptions, prefixAware } from './prefix-aware.ts';
import type { Routing } from './routed.ts';
import { sessionAffinity } from './session.ts';

export type RoutingOptions =
  | { readonly policy: 'round_robin' | 'random' | 'least_outstanding' | 'least_kv_usage' | 'power_of_two' | 'session' }
  | { readonly policy: 'prefix_aware'; readonly prefixes: PrefixAwareOptions }
  | { readonly policy: 'expected_length'; readonly pools: readonly LengthPool[]; readonly guess: GuessOptions };

export type GuessOptions =
  | { readonly by: 'class' | 'oracle' }
  /** `error`: standard deviation of the logarithm. */
  | { readonly by: 'classifier'; readonly error: number };

export function createRouting(options: RoutingOptions, streams: RandomStreams): Routing {
  switch (options.policy) {
    case 'round_robin':
      return roundRobin();
    case 'random':
      return random(streams('router'));
    case 'least_outstanding':
      return leastOutstanding();
    case 'least_kv_usage':
      return leastKvUsage();
    case 'power_of_two':
      return powerOfTwo(streams('router'));
    case 'session':
      return sessionAffinity();
    case 'prefix_aware':
      return prefixAware(options.prefixes);
    case 'expected_length':
      return byExpectedLength(options.pools);
  }
}

/** Who expects lengths for a router; null: it asks nobody. */
export function createGuess(options: RoutingOptions, streams: RandomStreams): LengthGuess | null {
  if (options.policy !== 'expected_length') return null;
  const { guess } = options;
  switch (guess.by) {
    case 'oracle':
      return oracle();
    case 'classifier':
      return classifier(guess.error, streams('router/length'));
    case 'class':
      return meanOfClass();
  }
}
