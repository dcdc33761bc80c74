import { describe, expect, test } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.ts';
import { loadStudy } from '../../src/config/load.ts';
import { modelFilesNeeded } from '../../src/config/model-files.ts';
import { context, deploymentOf, resolveText, studyText } from './fixtures.ts';

const TINY = ['model: tiny-1b'];
const config = (keys: string) => `speculative_config: { ${keys} }`;
const speculationOf = (...lines: string[]) => deploymentOf(...TINY, ...lines).speculation!;
const ngram = (k = 3) => config(`method: ngram, num_speculative_tokens: ${k}`);
const serving = (flags: string) => deploymentOf('serve: >-', `  vllm serve tiny-1b ${flags}`).speculation;

describe('speculative decoding is understood', () => {
  test.each([
    `--speculative-config '{"method": "eagle3", "model": "a/b", "num_speculative_tokens": 3}'`,
    '--speculative-config.method eagle3 --speculative-config.num_speculative_tokens 3',
    '--spec-method eagle3 --spec-tokens 3 --spec-model a/b',
    `-sc '{"num_speculative_tokens": 3, "model": "yuhuili/EAGLE3-LLaMA3.1-Instruct-8B"}'`,
  ])('in %s', (flags) => {
    expect(serving(flags)).toMatchObject({ method: 'eagle3', draft_tokens: 3, draft_model: null });
  });

  test.each([
    ['model: ngram', 'ngram'],
    ['model: yuhuili/EAGLE-LLaMA3-Instruct-8B', 'eagle'],
    ['method: draft_model, model: AngelSlim/Qwen3-8B_eagle3', 'eagle3'],
    ['model: tiny-1b', 'draft_model'],
    ['method: mtp', 'mtp'],
  ])('of { %s } the method is %s, as vLLM tells it', (keys, method) => {
    expect(speculationOf(config(`${keys}, num_speculative_tokens: 2`)).method).toBe(method);
  });

  test('and is off without a configuration, with an empty one, and with null over a line', () => {
    expect(deploymentOf(...TINY).speculation).toBeNull();
    expect(serving("--speculative-config '{}'")).toBeNull();
    const line = `serve: vllm serve tiny-1b --spec-method ngram --spec-tokens 3`;
    expect(deploymentOf(line, 'speculative_config: null').speculation).toBeNull();
  });

  test('and a field wins over the line key by key, so that the number of drafts can be swept', () => {
    const text = studyText(
      ['serve: vllm serve tiny-1b --spec-method mtp --spec-tokens 3', 'gpu: h100-sxm'],
      ['sweep: { deployment.speculative_config.num_speculative_tokens: [1, 2] }'],
    );
    expect(resolveText(text).runs.map((run) => run.deployment.speculation)).toMatchObject([
      { method: 'mtp', draft_tokens: 1 },
      { method: 'mtp', draft_tokens: 2 },
    ]);
  });

  test('and gives each number of drafts a run id of its own', () => {
    const id = (k: number) => resolveText(studyText([...TINY, 'gpu: h100-sxm', ngram(k)])).runs[0]!.run_id;
    expect(new Set([id(1), id(2), id(3)]).size).toBe(3);
  });

  test('and captures CUDA graphs for full batches of drafts', () => {
    const deployment = deploymentOf(...TINY, 'max_num_seqs: 1', ngram(5));
    expect(deployment.cudagraph_capture_sizes).toEqual([1, 2, 4, 6, 8]);
  });

  test('and lists keys that change nothing', () => {
    const keys = 'method: ngram, num_speculative_tokens: 3, prompt_lookup_max: 4, prompt_lookup_min: 2';
    expect(deploymentOf(...TINY, config(keys)).notes.no_effect).toEqual([
      'speculative_config.prompt_lookup_max 4',
      'speculative_config.prompt_lookup_min 2',
    ]);
    expect(deploymentOf(...TINY, 'acceptance: { task: code }').notes.no_effect).toEqual([
      'acceptance: there is no speculative_config',
    ]);
  });
});

describe('a draft model', () => {
  const draft = (keys: string) => config(`model: tiny-1b, num_speculative_tokens: 3${keys}`);

  test('is served like its target unless the configuration says otherwise', () => {
    const plain = deploymentOf(...TINY, 'tensor_parallel_size: 2', draft('')).speculation!.draft_model!;
    expect(plain).toMatchObject({ model: { id: 'tiny-1b' }, quantization: 'bf16', tensor_parallel_size: 2 });
    const other = deploymentOf(
      ...TINY,
      'tensor_parallel_size: 2',
      draft(', draft_tensor_parallel_size: 1, quantization: fp8'),
    );
    expect(other.speculation!.draft_model).toMatchObject({ quantization: 'fp8', tensor_parallel_size: 1 });
  });

  test('takes memory for its weights and as much of every block as its layers need', () => {
    const alone = deploymentOf(...TINY).memory;
    const both = deploymentOf(...TINY, draft('')).memory;
    expect(both.weightBytes).toBe(2 * alone.weightBytes);
    expect(both.bytesPerBlock).toBe(2 * alone.bytesPerBlock);
    // A head adds one layer to the sixteen.
    const head = deploymentOf(...TINY, config('method: eagle, num_speculative_tokens: 3')).memory;
    expect(head.bytesPerBlock / alone.bytesPerBlock).toBe(17 / 16);
    expect(deploymentOf(...TINY, ngram()).memory.numGpuBlocks).toBe(alone.numGpuBlocks);
  });

  test('may be given as the path of a config.json', () => {
    const text = studyText([...TINY, 'gpu: h100-sxm', config('model: ./draft, num_speculative_tokens: 3')]);
    expect(modelFilesNeeded(loadStudy(text, 'study.yaml'))).toEqual(['./draft/config.json']);
    const llama = {
      ...{ architectures: ['LlamaForCausalLM'], hidden_size: 512, intermediate_size: 1024, num_hidden_layers: 2 },
      ...{ num_attention_heads: 8, num_key_value_heads: 8, vocab_size: 32_000, max_position_embeddings: 4096 },
    };
    const { runs } = resolveText(text, { huggingFaceConfigs: { './draft/config.json': llama } });
    expect(runs[0]!.deployment.speculation!.draft_model).toMatchObject({
      model: { layers: 2 },
      model_file: './draft/config.json',
    });
  });

  test('with another vocabulary or another split is refused, as vLLM does', () => {
    const catalog = createCatalog({
      models: ['tiny-1b', 'small'].map((id) => ({
        file: `${id}.json`,
        json: {
          ...{
            id,
            hf: `example/${id}`,
            layers: 2,
            hidden: 512,
            intermediate: 1024,
            heads: 8,
            kv_heads: 8,
            head_dim: 64,
          },
          ...{ vocab: id === 'small' ? 1000 : 32_000, max_model_len: 4096, source: 'made up' },
        },
      })),
      gpus: { gpus: [] },
      kernels: () => undefined,
    });
    const merged = { ...catalog, gpu: context.catalog.gpu };
    const text = studyText([...TINY, 'gpu: h100-sxm', config('model: small, num_speculative_tokens: 3')]);
    expect(() => resolveText(text, { catalog: merged })).toThrow(
      'the draft model small has a vocabulary of 1000, tiny-1b one of 32000; vLLM refuses',
    );
    expect(() => deploymentOf(...TINY, 'tensor_parallel_size: 4', draft(', draft_tensor_parallel_size: 2'))).toThrow(
      'draft_tensor_parallel_size 2, expected 1 or tensor_parallel_size 4',
    );
  });
});

describe('what is not modelled is refused by name', () => {
  test.each([
    ['method: suffix, num_speculative_tokens: 3', 'read "suffix", this method of vLLM is not modelled'],
    ['method: deepseek_mtp, num_speculative_tokens: 1', 'expected mtp, as vLLM now calls it'],
    ['model: x/dflash-8b, num_speculative_tokens: 3', 'the method of x/dflash-8b is not modelled'],
    ['method: ngram, num_speculative_tokens: 3, num_speculative_tokens_per_batch_size: [[1, 8, 3]]', 'is not modelled'],
    ['method: eagle, num_speculative_tokens: 3, parallel_drafting: true', 'parallel drafting is not modelled'],
    ['method: eagle, num_speculative_tokens: 3, rejection_sample_method: block', 'block verification is not modelled'],
    ['method: eagle, num_speculative_tokens: 3, tensor_parallel_size: 2', 'vLLM wants draft_tensor_parallel_size here'],
    ['method: eagle', 'num_speculative_tokens is missing'],
    ['method: eagle, num_speculative_tokens: 0', 'read 0, expected a whole number of 1 or more'],
    ['num_speculative_tokens: 3', 'method and model are missing'],
    ['method: draft_model, num_speculative_tokens: 3', 'model is missing'],
  ])('{ %s }', (keys, message) => {
    expect(() => deploymentOf(...TINY, config(keys))).toThrow(message);
  });

  test('on a serve line too, with the key', () => {
    expect(() => serving('--spec-method suffix --spec-tokens 3')).toThrow(
      'study.yaml:3:10 deployment.serve: --speculative-config.method: read "suffix", this method of vLLM is not modelled',
    );
  });
});

describe('acceptance', () => {
  const law = (acceptance: string, k = 3) => speculationOf(ngram(k), `acceptance: { ${acceptance} }`).acceptance;

  test('is taken as written', () => {
    expect(law('constant: 0.7')).toEqual({ constant: 0.7, factor_per_1k_tokens: 1 });
    expect(law('rates: [0.7, 0.5, 0.3, 0.2], factor_per_1k_tokens: 1.02')).toEqual({
      rates: [0.7, 0.5, 0.3],
      factor_per_1k_tokens: 1.02,
    });
    expect(law('beta: { mean: 0.6, concentration: 19 }')).toMatchObject({ beta: { mean: 0.6, concentration: 19 } });
    expect(law('markov: { start: 0.1, stay: 0.8 }')).toMatchObject({ markov: { start: 0.1, stay: 0.8, propose: 1 } });
  });

  test("of a mean length is vLLM's schedule of least variance", () => {
    const { rates } = law('length: 2.3') as { rates: number[] };
    expect(rates.map((rate) => Number(rate.toFixed(9)))).toEqual([1, 0.3, 0]);
    expect(law('length: 4')).toMatchObject({ rates: [1, 1, 1] });
    expect(law('length: 1')).toMatchObject({ rates: [0, 0, 0] });
  });

  test("of vLLM's synthetic mode is read from its own keys", () => {
    const synthetic = (keys: string) =>
      speculationOf(config(`method: mtp, num_speculative_tokens: 2, rejection_sample_method: synthetic, ${keys}`));
    expect(synthetic('synthetic_acceptance_rates: [0.9, 0.5]').acceptance).toMatchObject({ rates: [0.9, 0.5] });
    expect(synthetic('synthetic_acceptance_length: 2').acceptance).toMatchObject({ rates: [1, 0] });
    expect(() => synthetic('synthetic_acceptance_rates: [0.9]')).toThrow(
      'has 1 entries, but num_speculative_tokens is 2',
    );
    expect(() => synthetic('synthetic_acceptance_length: 3.5')).toThrow('it is 3 at most');
    expect(() => synthetic('synthetic_acceptance_length: 2, synthetic_acceptance_rates: [1, 0]')).toThrow(
      'needs either',
    );
  });

  test('is published for method and task by default, and said to be an estimate', () => {
    const deployment = deploymentOf(...TINY, config('method: eagle, num_speculative_tokens: 3'));
    expect(deployment.speculation!.acceptance).toMatchObject({ rates: [0.607, 0.362, 0.234] });
    expect(deployment.notes.estimates.join('\n')).toContain(
      '0.607, 0.362, 0.234 by position, measured with Llama-3.1-8B',
    );
    expect(law('task: code')).toMatchObject({ markov: { start: 0.13, stay: 0.924 } });
    const longer = speculationOf(config('method: eagle, num_speculative_tokens: 7')).acceptance as { rates: number[] };
    expect(longer.rates).toHaveLength(7);
    expect(longer.rates[6]! / longer.rates[5]!).toBeCloseTo(0.119 / 0.163, 9);
    expect(deploymentOf(...TINY, ngram(), 'acceptance: { constant: 0.5 }').notes.estimates.join()).not.toContain(
      'acceptance',
    );
  });

  test.each([
    ['rates: [0.7, 0.8, 0.1]', 'rates are of a draft and all before it, so they cannot rise; read 0.8 after 0.7'],
    ['rates: [0.7]', '1 rates, but num_speculative_tokens is 3'],
    ['length: 4.5', 'a length of 4.5 tokens, but with 3 drafts it is 4 at most'],
    ['constant: 1.2', 'read 1.2, expected a share from 0 to 1'],
    ['markov: { start: 0.5, stay: 0.8, propose: 0.2 }', 'propose 0.2 is below start 0.5'],
    ['konstant: 0.7', 'Did you mean "constant"?'],
    ['task: poetry', 'expected one of chat, summaries, maths, code'],
  ])('{ %s } is refused', (acceptance, message) => {
    expect(() => law(acceptance)).toThrow(message);
  });

  test('is not given twice', () => {
    const keys =
      'method: mtp, num_speculative_tokens: 1, rejection_sample_method: synthetic, synthetic_acceptance_rates: [1]';
    expect(() => speculationOf(config(keys), 'acceptance: { constant: 0.5 }')).toThrow('give either one');
    expect(() =>
      speculationOf(config('method: mtp, num_speculative_tokens: 1, synthetic_acceptance_rates: [1]')),
    ).toThrow('needs rejection_sample_method: synthetic');
  });
});
