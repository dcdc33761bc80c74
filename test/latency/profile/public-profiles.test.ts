import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProfileTime } from '../../../src/latency/profile/profile-time.ts';
import { readProfile } from '../../../src/study/read-profile.ts';
import { decodes } from '../fixtures.ts';
import { model, options } from './fixtures.ts';

const folder = fileURLToPath(new URL('../../../../shared/ground-truth/llmservingsim/kernel-profiles', import.meta.url));
const missing = !existsSync(folder);

/** Milliseconds of all layers but attention, by tokens, and of the head by rows: added up apart from this program. */
const LAYERS_MS: readonly (readonly [string, number, number])[] = [
  ['RTX4090', 1, 15.22],
  ['RTX4090', 128, 19.68],
  ['RTX4090', 256, 23.93],
  ['RTXPRO6000', 1, 10.14],
  ['RTXPRO6000', 64, 10.98],
  ['RTXPRO6000', 256, 13.9],
];
const HEAD_MS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  RTX4090: [
    [1, 1.122],
    [128, 1.383],
    [256, 1.982],
  ],
  RTXPRO6000: [
    [1, 0.739],
    [64, 0.756],
    [256, 0.996],
  ],
};

const llama = (gpu: string) =>
  readProfile(`${folder}/${gpu}/meta-llama/Llama-3.1-8B/bf16`, gpu, { tensorParallelSize: 1, expertCut: null });

describe.skipIf(missing)(missing ? 'public profiles (skipped: they are not here)' : 'public profiles', () => {
  it.each(LAYERS_MS)('%s: a step of %i decodes is layers, head and 32 times attention', (gpu, tokens, layersMs) => {
    const profile = llama(gpu);
    const time = createProfileTime(profile, options({ cudagraphCaptureSizes: [] }));
    const attentionRow = profile.attention.decode;
    // 1024 tokens of context are a point of the tables at these batch sizes.
    const at = attentionRow.knots.indexOf(tokens);
    const table = 'tables' in attentionRow.cells ? attentionRow.cells.tables[at]! : attentionRow;
    const attentionUs = 'times' in table.cells ? table.cells.times[table.knots.indexOf(1024)]! : Number.NaN;
    const head = HEAD_MS[gpu]!.find(([rows]) => rows === tokens)![1];
    expect(time.us(decodes(tokens, 1024)) / 1e3).toBeCloseTo(layersMs + head + (32 * attentionUs) / 1e3, 1);
  });

  it('pools skew beside chunks of the RTX PRO 6000 as its own meta.yaml does, to its digits', () => {
    const { mixedSkew, meta } = llama('RTXPRO6000');
    // That value includes the 327 decode-only rows among 12,984.
    expect(mixedSkew.from).toBe('skew.csv');
    expect(Math.abs(mixedSkew.alpha - meta!.pooledSkew.get(1)!)).toBeLessThan(0.0005);
  });

  it('reads the profiles of all models and degrees', () => {
    const qwen = `${folder}/RTXPRO6000/Qwen/Qwen3-32B/bf16`;
    for (const tensorParallelSize of [1, 2]) {
      const profile = readProfile(qwen, 'qwen', { tensorParallelSize, expertCut: null });
      const time = createProfileTime(profile, options({ model: model('qwen3-32b'), tensorParallelSize }));
      expect(time.us(decodes(8, 1000))).toBeGreaterThan(0);
    }
    const moe = `${folder}/RTXPRO6000/Qwen/Qwen3-30B-A3B-Instruct-2507/bf16`;
    const profile = readProfile(moe, 'moe', { tensorParallelSize: 2, expertCut: 1 });
    const deployment = options({ model: model('qwen3-30b-a3b'), tensorParallelSize: 2, expertParallel: true });
    expect(createProfileTime(profile, deployment).us(decodes(8, 1000))).toBeGreaterThan(0);
  });
});
