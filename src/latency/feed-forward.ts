/**
 * The feed-forward part of a layer: dense (gate and up in one product, then down), or experts. A layer with experts has
 * a router, a bf16 product (tokens) x (hidden) -> (experts), the routed experts (`moe.ts`), and in some models experts
 * that see every token, a dense part of their own. vLLM runs these beside the routed ones on a second stream for up to
 * 256 tokens (`VLLM_SHARED_EXPERTS_STREAM_TOKEN_THRESHOLD`); then only what outlasts the routed experts is paid for.
 */
import { expertShare, sharesTokens } from '../catalog/expert-share.ts';
import type { KernelCoefficients } from '../catalog/kernels.ts';
import type { Experts, Model } from '../catalog/model.ts';
import type { Quantization } from '../catalog/quantization.ts';
import { gemmUs } from './gemm.ts';
import { gemmTable } from './gemm-table.ts';
import { memoize } from './memo.ts';
import { type MoeRouting, moeTable, routedExpertsUs } from './moe.ts';
import { busiestShare } from './moe-balance.ts';
import { linearPrecision } from './precision.ts';

const SHARED_STREAM_TOKENS = 256;

export interface FeedForwardOptions {
  readonly model: Model;
  readonly kernels: KernelCoefficients;
  readonly quantization: Quantization;
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly expertParallel: boolean;
  readonly moeRouting: MoeRouting;
}

/** Microseconds of one layer with experts. */
export interface ExpertLayer {
  router(tokens: number): number;
  /** For the tokens of all data-parallel ranks. */
  routed(tokens: number): number;
  /** Of the experts that see every token, what the routed ones do not hide. */
  sharedBeyond(tokens: number, routedUs: number): number;
  readonly sharedWidth: number;
  readonly notes: readonly string[];
}

/** Microseconds of one dense feed-forward layer whose part on this rank is that wide. */
export function denseUs(options: FeedForwardOptions, width: number): (tokens: number) => number {
  const { model, kernels } = options;
  const { coefficients } = gemmTable(kernels, linearPrecision(model, options.quantization));
  const us = (m: number, n: number, k: number) => gemmUs(coefficients, kernels.bandwidthTbs, m, n, k);
  return (tokens) => us(tokens, 2 * width, model.hidden) + us(tokens, model.hidden, width);
}

/** The experts of one layer on one rank. */
export function expertLayer(options: FeedForwardOptions, moe: Experts): ExpertLayer {
  const { model, kernels, tensorParallelSize, dataParallelSize } = options;
  const { hidden } = model;
  const table = moeTable(kernels, options.quantization, options.moeRouting);
  const bf16 = gemmTable(kernels, 'bf16').coefficients;
  const share = expertShare(moe, options);
  const expertRanks = options.expertParallel ? tensorParallelSize * dataParallelSize : 1;
  const experts = {
    ...{ hidden, width: share.width, localExperts: share.experts, expertsPerToken: moe.expertsPerToken },
    share: (tokens: number) => busiestShare(options.moeRouting, tokens, moe.expertsPerToken, moe.experts, expertRanks),
  };
  // Where the ranks share the tokens of a layer, router and shared experts see a part of them.
  const own = (tokens: number) => (sharesTokens(options) ? Math.ceil(tokens / tensorParallelSize) : tokens);
  const shared = share.sharedWidth === 0 ? () => 0 : memoize(denseUs(options, share.sharedWidth));
  return {
    router: (tokens) => gemmUs(bf16, kernels.bandwidthTbs, own(tokens), moe.experts, hidden),
    routed: memoize((tokens) => routedExpertsUs(table, kernels.bandwidthTbs, experts, tokens)),
    sharedBeyond: (tokens, routedUs) => {
      const us = shared(own(tokens));
      return tokens <= SHARED_STREAM_TOKENS ? Math.max(0, us - routedUs) : us;
    },
    sharedWidth: share.sharedWidth,
    notes: table.note === '' ? [] : [`experts: ${table.note}`],
  };
}
