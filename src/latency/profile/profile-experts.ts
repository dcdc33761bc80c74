/**
 * The block of router and experts of one layer from `moe.csv` of a kernel profile, which measures it by tokens and by how
 * many different experts they choose, because that many experts' weights are read.
 *
 * Tokens are taken to choose evenly and independently: an expert is left idle with probability (1 - k/E)^tokens. A batch
 * padded to a CUDA graph computes the padded rows but is charged the experts of its own tokens.
 */
import { type ExpertRanks, expertShare } from '../../catalog/expert-share.ts';
import type { Model } from '../../catalog/model.ts';
import { InputError } from '../../core/input-error.ts';
import type { KernelProfile } from './kernel-profile.ts';
import { lastKnot, timeAt } from './measured-table.ts';

export interface ProfileExperts {
  /**
   * Microseconds on one rank, for the tokens of all ranks that share the experts: with padding, and without. A rank that
   * holds a part of the experts whole (expert parallel) computes its share of the rows.
   */
  us(paddedTokens: number, tokens: number): number;
  outside(paddedTokens: number): boolean;
}

/** The experts of one layer on the rank with most of them; null for a model without. */
export function profileExperts(profile: KernelProfile, model: Model, ranks: ExpertRanks): ProfileExperts | null {
  const { moe } = model;
  if (moe === null) return null;
  const { experts: table, where } = profile;
  if (moe.sharedIntermediate > 0) {
    throw new InputError(
      `${where}: ${model.id} has experts that see every token, which the layout of a kernel profile does not hold. ` +
        'Leave latency.profile out to use the published kernel times.',
    );
  }
  if (table === null) throw new InputError(`${where}: no moe.csv, but the layers of ${model.id} hold experts.`);
  const idle = 1 - moe.expertsPerToken / moe.experts;
  const local = expertShare(moe, ranks).experts;
  const share = local / moe.experts;
  return {
    us: (paddedTokens, tokens) => timeAt(table, paddedTokens * share, local * (1 - idle ** tokens)),
    outside: (paddedTokens) => paddedTokens * share > lastKnot(table),
  };
}
