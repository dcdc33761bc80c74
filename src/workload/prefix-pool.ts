/**
 * Texts that many prompts begin with: the documents of a retrieval service, the templates of a batch job, the tools of
 * an agent. How often each is used follows Zipf's law; its length is drawn once. vLLM's benchmark has the same with equal
 * lengths and equal use (`vllm bench serve --dataset-name prefix_repetition`).
 */
import type { PrefixPool } from '../config/resolved.ts';
import { zipf } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';
import type { Numbers } from './draft.ts';
import { tokenSampler } from './lengths.ts';
import type { Span } from './request.ts';

/** A pool as a class has it: `streams` are the class's own, or the workload's where it has its pool from there. */
export interface PooledPrefix {
  readonly law: PrefixPool;
  readonly streams: RandomStreams;
}

/** The texts of a pool; the same ones whichever class asks. */
export type PrefixTexts = (pool: PooledPrefix) => readonly Span[];

export function prefixTexts({ newSegment }: Numbers): PrefixTexts {
  const known = new Map<PrefixPool, readonly Span[]>();
  return ({ law, streams }) => {
    let texts = known.get(law);
    if (texts === undefined) {
      const tokens = tokenSampler(law.tokens, streams('prefix_pool/tokens'));
      texts = Array.from({ length: law.size }, () => ({ segment: newSegment(), tokens: tokens() }));
      known.set(law, texts);
    }
    return texts;
  };
}

/** Draws the text that the next prompt begins with; null: it begins with none. `streams`: of the class that asks. */
export function prefixSampler(
  pool: PooledPrefix | null,
  streams: RandomStreams,
  textsOf: PrefixTexts,
): () => Span | null {
  if (pool === null) return () => null;
  const texts = textsOf(pool);
  const rank = zipf(streams('prefix_pool'), pool.law.size, pool.law.zipf);
  return () => texts[rank() - 1]!;
}
