/**
 * Attention of one layer from a kernel profile. Decodes alone cost as many of the mean context, moved by a share of skew
 * towards as many of the longest. Beside a prefill decodes are priced by what they added to a chunk when measured with
 * it, not by their own kernel: they lose grouped queries and the split along the KV there. Several chunks cost their
 * sum; for what decodes add they count as one chunk of all their tokens after all that is cached before them.
 *
 *     decodes only   D(n, mean) + alpha * (D(n, longest) - D(n, mean))
 *     with chunks    sum F(p, q) + M(P, Q, n, mean) + alpha' * (M(P, Q, n, longest) - M(P, Q, n, mean))
 *
 * A chunk longer than any measured is made of the longest ones, each after the ones before it: area and KV reads then
 * add up as in the kernel. P and Q are held at the largest measured; what decodes add hardly depends on them. Beyond the
 * largest batch measured beside a chunk each further decode adds what one adds in the next smaller batch, because public
 * profiles show the largest batch slowed down by the measurement itself.
 */
import type { BatchShape } from '../batch-shape.ts';
import type { KernelProfile } from './kernel-profile.ts';
import { covers, lastKnot, type MeasuredTable, timeAt } from './measured-table.ts';
import { decodeSkew } from './skew.ts';

export interface ProfileAttention {
  /** Microseconds of one layer. */
  us(shape: BatchShape): number;
  /** Whether the batch lies outside of what was measured. */
  outside(shape: BatchShape): boolean;
}

/** Attention of one layer. */
export function profileAttention(profile: KernelProfile): ProfileAttention {
  const { decode, prefill, added, addedRequests } = profile.attention;
  const { alpha: mixedAlpha } = profile.mixedSkew;
  const addedUs = decodesBesideChunks(added, addedRequests);
  const decodesUs = (shape: BatchShape) => {
    const { decodes: n, decodeMinContextTokens: shortest, decodeMaxContextTokens: longest } = shape;
    if (n === 0) return 0;
    const mean = shape.decodeContextTokens / n;
    const us = timeAt(decode, n, mean);
    if (profile.decodeSkew === null || longest === shortest) return us;
    return us + decodeSkew(profile.decodeSkew, n, shortest, mean, longest) * (timeAt(decode, n, longest) - us);
  };
  const mixedUs = (shape: BatchShape) => {
    const { decodes: n, decodeMaxContextTokens: longest, chunkTokens, chunkCachedTokens } = shape;
    let us = 0;
    let tokens = 0;
    let cached = 0;
    for (let i = 0; i < chunkTokens.length; i++) {
      us += chunkUs(prefill, chunkTokens[i]!, chunkCachedTokens[i]!);
      tokens += chunkTokens[i]!;
      cached += chunkCachedTokens[i]!;
    }
    if (n === 0) return us;
    const mean = shape.decodeContextTokens / n;
    const uniformUs = addedUs(tokens, cached, n, mean);
    if (longest === shape.decodeMinContextTokens) return us + uniformUs;
    return us + uniformUs + mixedAlpha * (addedUs(tokens, cached, n, longest) - uniformUs);
  };
  return {
    us: (shape) => (shape.chunkTokens.length === 0 ? decodesUs(shape) : mixedUs(shape)),
    outside: (shape) => decodesOutside(profile, shape) || chunksOutside(profile, shape),
  };
}

/** F(p, q). */
function chunkUs(prefill: MeasuredTable, newTokens: number, cachedTokens: number): number {
  const longest = lastKnot(prefill);
  let us = 0;
  let left = newTokens;
  let cached = cachedTokens;
  for (; left > longest; left -= longest) {
    us += timeAt(prefill, longest, cached);
    cached += longest;
  }
  return us + timeAt(prefill, left, cached);
}

/** M(P, Q, n, context), for P and Q within and n beyond the table. */
function decodesBesideChunks(added: MeasuredTable, requests: readonly number[]) {
  const largest = requests.at(-1)!;
  const next = requests.at(-2) ?? largest;
  const lastChunk = lastKnot(added);
  return (tokens: number, cached: number, n: number, context: number): number => {
    const chunk = Math.min(tokens, lastChunk);
    const prefix = Math.min(cached, lastPrefix(added, chunk));
    if (n <= largest) return timeAt(added, chunk, prefix, n, context);
    const eachUs = timeAt(added, chunk, prefix, next, context) / next;
    return timeAt(added, chunk, prefix, largest, context) + (n - largest) * eachUs;
  };
}

/** The longest prefix measured with both neighbours of a chunk. */
function lastPrefix({ knots, cells }: MeasuredTable, chunk: number): number {
  if (!('tables' in cells)) return 0;
  let right = knots.findIndex((knot) => knot >= chunk);
  if (right < 0) right = knots.length - 1;
  const left = Math.max(0, right - 1);
  return Math.min(lastKnot(cells.tables[left]!), lastKnot(cells.tables[right]!));
}

function decodesOutside({ attention }: KernelProfile, shape: BatchShape): boolean {
  const { decodes: n } = shape;
  if (n === 0) return false;
  const beside = shape.chunkTokens.length > 0;
  const contexts = contextTable(attention.decode, n);
  if (beside && n > attention.addedRequests.at(-1)!) return true;
  return n > lastKnot(attention.decode) || !covers(contexts, shape.decodeMaxContextTokens);
}

/** The contexts measured at the batch size next to n. */
function contextTable({ knots, cells }: MeasuredTable, n: number): MeasuredTable {
  const index = knots.findIndex((knot) => knot >= n);
  if (!('tables' in cells)) throw new Error('decodes are measured over two axes');
  return cells.tables[index < 0 ? knots.length - 1 : index]!;
}

function chunksOutside({ attention }: KernelProfile, { chunkTokens, chunkCachedTokens }: BatchShape): boolean {
  const { prefill } = attention;
  let tokens = 0;
  for (let i = 0; i < chunkTokens.length; i++) {
    tokens += chunkTokens[i]!;
    if (!covers(prefill, chunkTokens[i]!)) return true;
    if (chunkCachedTokens[i]! > lastPrefix(prefill, chunkTokens[i]!)) return true;
  }
  return chunkTokens.length > 0 && tokens > lastKnot(prefill);
}
