import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProfileTime } from '../../../src/latency/profile/profile-time.ts';
import { batch, decodes } from '../fixtures.ts';
import {
  addedUs,
  chunkUs,
  DENSE_CSV,
  DENSE_FILES,
  DENSE_LAYER_US,
  decodeUs,
  expertsUs,
  headUs,
  MOE_FILES,
  MOE_LAYER_US,
  model,
  NO_LINKS,
  options,
  profile,
  SKEWED_FILES,
} from './fixtures.ts';

const ONCE_US = 3 + 5;

describe('a model without experts', () => {
  const time = createProfileTime(profile(), options());

  it('calls every layer as often as the model does: the norm twice a layer, embedding and final norm once', () => {
    const shape = decodes(4, 128);
    expect(time.us(shape)).toBeCloseTo(ONCE_US + 32 * (DENSE_LAYER_US + decodeUs(4, 128)) + headUs(4), 4);
  });

  it('computes head and sampler for unfinished chunks too', () => {
    const shape = batch(
      [128],
      [
        [16, 0],
        [17, 0],
      ],
    );
    const attention = chunkUs(16, 0) + chunkUs(17, 0) + addedUs(1, 128);
    expect(time.us(shape)).toBeCloseTo(ONCE_US + 32 * (DENSE_LAYER_US + attention) + headUs(3), 4);
  });

  it('pads the tokens to the next CUDA graph, and beyond the last one nothing', () => {
    // Times that grow by 1 us a token in one layer show the padding.
    const grown = DENSE_CSV.replace(
      /^o_proj,(\d+),1000$/gm,
      (_, tokens) => `o_proj,${tokens},${1000 + Number(tokens)}`,
    );
    const growing = createProfileTime(profile({ ...DENSE_FILES, 'tp1/dense.csv': grown }), options());
    const extra = (shape: ReturnType<typeof decodes>) => (growing.us(shape) - time.us(shape)) / 32;
    expect(extra(decodes(9, 128))).toBeCloseTo(16, 6);
    expect(extra(batch([], [[60, 0]]))).toBeCloseTo(64, 6);
    expect(extra(batch([], [[65, 0]]))).toBeCloseTo(65, 6);
  });

  it('adds two all-reduces a layer over the padded tokens, within a graph or not', () => {
    const links = { ...NO_LINKS, allReduceUs: (tokens: number, inGraph: boolean) => tokens + (inGraph ? 0 : 0.5) };
    const linked = createProfileTime(profile(), options({ links }));
    const extra = (shape: ReturnType<typeof decodes>) => (linked.us(shape) - time.us(shape)) / 64;
    expect(extra(decodes(9, 128))).toBeCloseTo(16, 6);
    expect(extra(batch([], [[65, 0]]))).toBeCloseTo(65.5, 6);
  });

  it('runs ranks of a dense model side by side', () => {
    expect(time.lockStepUs([decodes(4, 128), null, decodes(8, 128)])).toBe(time.us(decodes(8, 128)));
  });

  it('deals layers to stages, the head to the last, the hand-over to those that receive', () => {
    const links = { ...NO_LINKS, handOverUs: (tokens: number) => 100 * tokens };
    const staged = createProfileTime(profile(), options({ links, pipelineParallelSize: 3 }));
    // vLLM deals 32 layers over 3 stages as 11, 11, 10: of two left over, one each to the stages before the last.
    const layer = DENSE_LAYER_US + decodeUs(4, 128);
    const [first, second, third] = staged.stagesUs(decodes(4, 128));
    expect(first).toBeCloseTo(3 + 11 * layer, 4);
    expect(second).toBeCloseTo(400 + 11 * layer, 4);
    expect(third).toBeCloseTo(400 + 10 * layer + 5 + headUs(4), 4);
  });

  it('has one stage that takes the whole step', () => {
    expect(time.stagesUs(decodes(4, 128))).toEqual([time.us(decodes(4, 128))]);
  });

  it.each([
    ['decodes within', decodes(9, 128), false],
    [
      'more tokens than measured',
      batch(
        [],
        [
          [500, 0],
          [13, 0],
        ],
      ),
      true,
    ],
    ['more decodes than measured', decodes(65, 128), true],
  ])('says whether a step was measured: %s', (_, shape, outside) => {
    expect(time.outsideGrid(shape)).toBe(outside);
  });

  it('names layers that the profile lacks, and layers that the model lacks', () => {
    const missing = DENSE_CSV.split('\n')
      .filter((line) => !line.startsWith('act_fn'))
      .join('\n');
    const files = { ...DENSE_FILES, 'tp1/dense.csv': `${missing}\nqk_norm,1,2` };
    expect(() => createProfileTime(profile(files), options())).toThrow(
      'profiles/mine: dense.csv does not measure act_fn and measures qk_norm, which is no part of that model here',
    );
  });
});

describe('a model with experts', () => {
  // 48 layers, 128 experts, 8 a token.
  const moe = model('qwen3-30b-a3b');
  const files = profile(MOE_FILES);
  const active = (tokens: number, local = 128) => local * (1 - (1 - 8 / 128) ** tokens);

  it('charges the padded rows and the experts that the tokens of the batch choose', () => {
    const time = createProfileTime(files, options({ model: moe }));
    const layer = MOE_LAYER_US + decodeUs(9, 128) + expertsUs(16, active(9));
    expect(time.us(decodes(9, 128))).toBeCloseTo(ONCE_US + 48 * layer + headUs(9), 4);
  });

  it('gives a rank of expert parallelism its share of rows and experts', () => {
    const time = createProfileTime(files, options({ model: moe, tensorParallelSize: 2, expertParallel: true }));
    const layer = MOE_LAYER_US + decodeUs(16, 128) + expertsUs(8, active(16, 64));
    expect(time.us(decodes(16, 128))).toBeCloseTo(ONCE_US + 48 * layer + headUs(16), 4);
  });

  const links = { ...NO_LINKS, exchangeUs: (all: number, own: number) => 1000 * all + own };
  const ranks = createProfileTime(files, options({ model: moe, dataParallelSize: 2, expertParallel: true, links }));

  it('waits for the slowest rank, pads all to the largest, and exchanges all tokens in every layer', () => {
    const alone = ONCE_US + 48 * (MOE_LAYER_US + decodeUs(9, 128)) + headUs(9);
    const layer = expertsUs((16 + 16) / 2, active(9 + 2, 64)) + 1000 * 32 + 16;
    expect(ranks.lockStepUs([decodes(9, 128), decodes(2, 64)])).toBeCloseTo(alone + 48 * layer, 4);
  });

  it('pads no rank where one does not fit a graph', () => {
    const alone = ONCE_US + 48 * (MOE_LAYER_US + chunkUs(100, 0)) + headUs(1);
    const layer = expertsUs((100 + 2) / 2, active(102, 64)) + 1000 * 102 + 100;
    expect(ranks.lockStepUs([decodes(2, 16), batch([], [[100, 0]])])).toBeCloseTo(alone + 48 * layer, 4);
  });

  it('counts one token for a rank without work', () => {
    const alone = ONCE_US + 48 * (MOE_LAYER_US + decodeUs(4, 128)) + headUs(4);
    const layer = expertsUs((4 + 4) / 2, active(4 + 1, 64)) + 1000 * 8 + 4;
    expect(ranks.lockStepUs([null, decodes(4, 128)])).toBeCloseTo(alone + 48 * layer, 4);
    expect(ranks.us(decodes(4, 128))).toBe(ranks.lockStepUs([decodes(4, 128), null]));
  });

  it('lets ranks that cut every expert see the tokens of all', () => {
    const cut = createProfileTime(files, options({ model: moe, dataParallelSize: 2 }));
    const alone = ONCE_US + 48 * (MOE_LAYER_US + decodeUs(4, 128)) + headUs(4);
    const layer = expertsUs(4 + 4, active(8));
    expect(cut.lockStepUs([decodes(4, 128), decodes(4, 128)])).toBeCloseTo(alone + 48 * layer, 4);
  });

  it('needs moe.csv, and refuses experts that see every token', () => {
    const { 'tp1/moe.csv': _, ...rest } = MOE_FILES;
    expect(() => createProfileTime(profile(rest), options({ model: moe }))).toThrow('profiles/mine: no moe.csv');
    const shared = { ...moe, moe: { ...moe.moe!, sharedIntermediate: 512 } };
    expect(() => createProfileTime(files, options({ model: shared }))).toThrow('experts that see every token');
  });
});

it('splits a step over stages without losing any of it', () => {
  const size = fc.integer({ min: 1, max: 8 });
  const context = fc.integer({ min: 1, max: 3000 });
  const chunk = fc.tuple(fc.integer({ min: 2, max: 900 }), fc.nat(3000));
  fc.assert(
    fc.property(
      size,
      fc.array(context, { maxLength: 30 }),
      fc.array(chunk, { maxLength: 3 }),
      (stages, contexts, chunks) => {
        if (contexts.length + chunks.length === 0) return;
        const shape = batch(contexts, chunks);
        const staged = createProfileTime(SKEWED, options({ pipelineParallelSize: stages }));
        const sum = staged.stagesUs(shape).reduce((total, us) => total + us, 0);
        expect(sum / whole.us(shape)).toBeCloseTo(1, 10);
      },
    ),
    { numRuns: 50 },
  );
});

const SKEWED = profile(SKEWED_FILES);
const whole = createProfileTime(SKEWED, options());
