import { describe, expect, it } from 'vitest';
import { kvLayout } from '../../src/catalog/kv-layout.ts';
import type { Model } from '../../src/catalog/model.ts';
import { estimateReserve, reserveBytes } from '../../src/catalog/reserve.ts';
import { wholeModel } from '../../src/catalog/stages.ts';
import { weightBytesPerGpu } from '../../src/catalog/weights.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const GIB = 2 ** 30;

/**
 * Block counts printed by real servers, bf16, block size 16, gpu_memory_utilization 0.9. H100:
 * github.com/inference-sim/inference-sim (Apache-2.0), testdata/trained_physics_iter29.json and its step traces,
 * max_num_seqs 128. RTX 4090: github.com/casys-kaist/LLMServingSim (MIT), bench/examples, max_num_seqs 256.
 */
const PRINTED = [
  { model: 'llama-2-7b', gpu: 'h100-sxm', tp: 1, seqs: 128, tokens: 2048, blocks: 7463 },
  { model: 'qwen2.5-7b', gpu: 'h100-sxm', tp: 1, seqs: 128, tokens: 1024, blocks: 65368 },
  { model: 'qwen2.5-7b', gpu: 'h100-sxm', tp: 1, seqs: 128, tokens: 2048, blocks: 65352 },
  { model: 'mistral-nemo-12b', gpu: 'h100-sxm', tp: 1, seqs: 128, tokens: 2048, blocks: 19251 },
  { model: 'mistral-nemo-12b', gpu: 'h100-sxm', tp: 2, seqs: 128, tokens: 1024, blocks: 48009 },
  { model: 'codellama-34b', gpu: 'h100-sxm', tp: 2, seqs: 128, tokens: 2048, blocks: 26602 },
  { model: 'yi-34b', gpu: 'h100-sxm', tp: 2, seqs: 128, tokens: 2048, blocks: 20793 },
  { model: 'llama-2-70b', gpu: 'h100-sxm', tp: 4, seqs: 128, tokens: 2048, blocks: 31356 },
  { model: 'llama-3.1-70b', gpu: 'h100-sxm', tp: 4, seqs: 128, tokens: 2048, blocks: 30425 },
  { model: 'llama-3.1-70b', gpu: 'h100-sxm', tp: 4, seqs: 128, tokens: 8192, blocks: 30251 },
  { model: 'llama-3.1-8b', gpu: 'rtx4090', tp: 1, seqs: 256, tokens: 2048, blocks: 2588 },
];

/** A server of one engine without a pipeline. */
const alone = (model: Model) => ({ model, stage: wholeModel(model), dataParallelSize: 1, expertParallel: false });

describe('reserve', () => {
  it.each(PRINTED)('meets the $blocks blocks printed for $model on $tp x $gpu ($tokens tokens a step)', (row) => {
    const model = catalog.model(row.model)!;
    const usable = catalog.gpu(row.gpu)!.usableBytes;
    const reserve = estimateReserve({
      ...alone(model),
      tensorParallelSize: row.tp,
      maxNumSeqs: row.seqs,
      maxNumBatchedTokens: row.tokens,
      cudagraphCaptureSizes: [],
    });
    // These servers (vLLM 0.15 and 0.19) neither kept penalty counts for every slot nor took off CUDA graphs.
    const other = weightBytesPerGpu(model, 'bf16', row.tp) + reserveBytes(reserve) - reserve.samplerBytes;
    const blocks = Math.floor((usable * 0.9 - other) / kvLayout(model, 'auto', row.tp, 16).bytesPerBlock);
    expect(Math.abs(blocks / row.blocks - 1)).toBeLessThan(0.003);
  });

  it.each([
    { model: 'qwen2.5-7b', seqs: 128, largest: 256, sizes: 35, whole: 19, gib: 0.37 },
    { model: 'qwen3-8b', seqs: 256, largest: 512, sizes: 51, whole: 35, gib: 0.52 },
  ])(
    'meets the CUDA-graph estimate $gib GiB in a start-up log of $model',
    ({ model, seqs, largest, sizes, whole, gib }) => {
      const ladder = [1, 2, 4];
      for (let size = 8; size <= largest; size += size < 256 ? 8 : 16) ladder.push(size);
      expect(ladder).toHaveLength(sizes);
      expect(ladder.filter((size) => size <= seqs)).toHaveLength(whole);
      const { cudaGraphBytes } = estimateReserve({
        ...alone(catalog.model(model)!),
        tensorParallelSize: 1,
        maxNumSeqs: seqs,
        maxNumBatchedTokens: 2048,
        cudagraphCaptureSizes: ladder,
      });
      expect(Math.abs(cudaGraphBytes / GIB - gib)).toBeLessThan(0.03);
    },
  );

  it('keeps a table of rotations for every position the model knows, which is much for ten million', () => {
    const options = { tensorParallelSize: 2, maxNumSeqs: 128, maxNumBatchedTokens: 2048, cudagraphCaptureSizes: [] };
    const { rotaryBytes } = estimateReserve({ ...options, ...alone(catalog.model('llama-4-scout')!) });
    expect(rotaryBytes).toBe(10_485_760 * 128 * 2);
  });

  it('keeps 4 bytes and a bit a token of the vocabulary for every slot', () => {
    const { samplerBytes } = estimateReserve({
      ...alone(catalog.model('llama-3.1-8b')!),
      tensorParallelSize: 1,
      maxNumSeqs: 1024,
      maxNumBatchedTokens: 8192,
      cudagraphCaptureSizes: [],
    });
    expect(samplerBytes).toBe(1024 * 128256 * 4 + (1024 * 128256) / 8);
  });

  it('takes communication buffers with several GPUs only, and nothing for graphs with enforce_eager', () => {
    const options = { ...alone(catalog.model('llama-3.1-8b')!), maxNumSeqs: 256, maxNumBatchedTokens: 2048 };
    const one = estimateReserve({ ...options, tensorParallelSize: 1, cudagraphCaptureSizes: [] });
    const two = estimateReserve({ ...options, tensorParallelSize: 2, cudagraphCaptureSizes: [1, 2, 4] });
    expect(one.communicationBytes).toBe(0);
    expect(one.cudaGraphBytes).toBe(0);
    expect(two.communicationBytes).toBeGreaterThan(0);
    expect(two.cudaGraphBytes).toBeGreaterThan(0);
  });
});
