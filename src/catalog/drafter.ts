/**
 * What proposes the drafts of speculative decoding, as far as its cost depends on it (vLLM 0.33: SpeculativeConfig and
 * the proposers under v1/spec_decode). An EAGLE head or a multi-token-prediction module is one transformer layer of the
 * target's width behind a matrix that joins hidden states: two of them into one for EAGLE (github.com/SafeAILab/EAGLE,
 * arXiv 2401.15077) and MTP (DeepSeek-V3, arXiv 2412.19437), three for EAGLE-3 (arXiv 2503.01840), whose layer reads
 * embedding and hidden state side by side and whose output head has 32,000 rows (config.json of
 * yuhuili/EAGLE3-LLaMA3.1-Instruct-8B). Embedding, and but for EAGLE-3 the output head, are the target's.
 */
import type { Model } from './model.ts';
import { bytesPerWeight, type Quantization } from './quantization.ts';
import { type ExpertSpread, ONE_ENGINE, weightBytesPerGpu } from './weights.ts';

/** A layer of the target's width that drafts from its hidden states. */
export type DraftLayer = 'eagle' | 'eagle3' | 'mtp';

export type Drafter =
  /** Looks the last tokens up in the request's own text; on the CPU, at no cost here. */
  | { readonly kind: 'lookup' }
  | {
      readonly kind: 'model';
      readonly model: Model;
      readonly quantization: Quantization;
      /** 1, or that of the target. */
      readonly tensorParallelSize: number;
    }
  | { readonly kind: 'layer'; readonly layer: DraftLayer; readonly quantization: Quantization };

/** Rows of EAGLE-3's own output head. */
const EAGLE3_VOCAB = 32_000;

/** How a draft layer differs from a layer of the target. */
export interface DraftLayerShape {
  /** Hidden states that the joining matrix reads at once. */
  readonly joined: 2 | 3;
  /** The joining matrix works in every forward, or in the first alone. */
  readonly joinsAlways: boolean;
  /** Hidden states that query, key and value are made of. */
  readonly attentionInputs: 1 | 2;
  /** Rows of the output head. */
  readonly vocab: number;
  /** The output head is the drafter's own. */
  readonly ownHead: boolean;
}

export function draftLayerShape(layer: DraftLayer, target: Model): DraftLayerShape {
  switch (layer) {
    case 'eagle':
    case 'mtp':
      return { joined: 2, joinsAlways: true, attentionInputs: 1, vocab: target.vocab, ownHead: false };
    case 'eagle3':
      return { joined: 3, joinsAlways: false, attentionInputs: 2, vocab: EAGLE3_VOCAB, ownHead: true };
  }
}

/** Bytes of the drafter's weights on one rank; the joining matrix is on every rank. */
export function drafterWeightBytes(
  drafter: Drafter,
  target: Model,
  tensorParallelSize: number,
  spread: ExpertSpread = ONE_ENGINE,
): number {
  switch (drafter.kind) {
    case 'lookup':
      return 0;
    case 'model':
      return weightBytesPerGpu(drafter.model, drafter.quantization, drafter.tensorParallelSize, spread);
    case 'layer':
      return draftLayerBytes(drafter.layer, drafter.quantization, target, tensorParallelSize, spread);
  }
}

function draftLayerBytes(
  layer: DraftLayer,
  quantization: Quantization,
  target: Model,
  tp: number,
  spread: ExpertSpread,
): number {
  const { joined, attentionInputs, vocab, ownHead } = draftLayerShape(layer, target);
  const { hidden, heads, kvHeads, headDim, layers } = target;
  const bytes = (model: Model) => weightBytesPerGpu(model, quantization, tp, spread);
  const plain = bytes(target) - bytes({ ...target, layers: layers - 1 });
  const qkvColumns = (heads / tp + 2 * Math.max(1, kvHeads / tp)) * headDim;
  const linear = joined * hidden * hidden + (attentionInputs - 1) * hidden * qkvColumns;
  const head = ownHead ? (vocab / tp) * hidden * 2 : 0;
  return Math.ceil(plain + linear * bytesPerWeight(quantization) + head);
}
