import { describe, expect, test } from 'vitest';
import { loadStudy } from '../../src/config/load.ts';
import { modelFilesNeeded } from '../../src/config/model-files.ts';
import { deploymentOf, errorLines, resolveText, studyText } from './fixtures.ts';

const errors = (...lines: string[]) => errorLines(() => deploymentOf('model: tiny-1b', ...lines));

describe('a deployment', () => {
  test("has vLLM's defaults where nothing is said", () => {
    const deployment = deploymentOf('model: tiny-1b');
    expect(deployment).toMatchObject({
      vllm_version: '0.33.0',
      model: { id: 'tiny-1b' },
      model_file: null,
      gpu: { id: 'h100-sxm' },
      replicas: 1,
      router: 'round_robin',
      tensor_parallel_size: 1,
      quantization: 'bf16',
      kv_cache_dtype: 'auto',
      gpu_memory_utilization: 0.92,
      enforce_eager: false,
      latency: { step_overhead_us: 300, front_end_us: 5000 },
    });
    expect(deployment.engine).toEqual({
      block_size: 16,
      num_gpu_blocks: deployment.memory.numGpuBlocks,
      max_model_len: 32_768,
      max_num_seqs: 1024,
      max_num_active_seqs: null,
      max_num_batched_tokens: 8192,
      max_num_scheduled_tokens: 8192,
      enable_chunked_prefill: true,
      long_prefill_token_threshold: 0,
      long_prefill_token_threshold_adaptive: false,
      enable_prefix_caching: true,
      scheduling_policy: 'fcfs',
      async_scheduling: true,
      scheduler_reserve_full_isl: true,
      watermark: 0,
      prefill_schedule_interval: 1,
      prefix_cache_retention_interval: 0,
      max_num_queued_reqs: null,
      max_num_queued_tokens: null,
    });
    expect(deployment.cudagraph_capture_sizes.at(-1)).toBe(512);
  });

  test('is the same from a serve line as from fields, and fields win', () => {
    const fields = deploymentOf(
      'model: example/Tiny-1B',
      'max_model_len: 8192',
      'max_num_seqs: 64',
      'quantization: fp8',
    );
    const line = deploymentOf(
      'serve: vllm serve example/Tiny-1B --max-model-len 16384 --max-num-seqs 64 -q fp8',
      'max_model_len: 8K',
    );
    expect(line).toEqual(fields);
  });

  test('null unsets what a serve line set, but for the retention interval means every block', () => {
    const { engine } = deploymentOf(
      'serve: vllm serve tiny-1b --max-num-active-seqs 4',
      'max_num_active_seqs: null',
      'async_scheduling: null',
      'prefix_cache_retention_interval: null',
    );
    expect(engine).toMatchObject({
      max_num_active_seqs: null,
      async_scheduling: true,
      prefix_cache_retention_interval: null,
    });
  });

  test('runs without CUDA graphs when eager', () => {
    expect(deploymentOf('model: tiny-1b', 'enforce_eager: true').cudagraph_capture_sizes).toEqual([]);
  });

  test('takes a given number of blocks, and cuts an automatic length to them', () => {
    // 65 blocks, one of them the null block: 64 x 16 tokens are left for a request.
    const { engine, memory } = deploymentOf('model: tiny-1b', 'num_gpu_blocks_override: 65', 'max_model_len: auto');
    expect(engine).toMatchObject({ num_gpu_blocks: 65, max_model_len: 1024 });
    expect(memory.source).toBe('num_gpu_blocks_override');
  });

  test('divides given KV memory into blocks', () => {
    // A block: 16 tokens x 16 layers x 8 heads x 64 x 2 (K and V) x 2 bytes = 512 KiB.
    expect(deploymentOf('model: tiny-1b', 'kv_cache_memory_bytes: 2G').engine.num_gpu_blocks).toBe(4096);
  });

  test('tells what was given for nothing and what is estimated', () => {
    const { notes } = deploymentOf(
      'serve: vllm serve tiny-1b --port 8000 --seed 1',
      'dtype: bfloat16',
      'router: random',
      'latency: { step_overhead: 0.5ms }',
    );
    expect(notes.no_effect).toEqual([
      '--port 8000',
      '--seed 1',
      'dtype bfloat16: all 16-bit types cost the same',
      'router random: there is one replica',
    ]);
    expect(notes.estimates).toHaveLength(1);
    expect(notes.estimates[0]).toMatch(/KV blocks follow from an estimate/);
  });
});

describe('a deployment that vLLM would not start is refused', () => {
  test.each([
    [
      'max_model_len: 65536',
      'study.yaml:4:18 deployment.max_model_len: read 65536, but tiny-1b was made for at most 32,768 tokens and vLLM refuses more.',
    ],
    [
      'max_num_batched_tokens: 512\n  max_num_seqs: 1024',
      'study.yaml:4:27 deployment.max_num_batched_tokens: max_num_batched_tokens 512 is below max_num_seqs 1024; every running request needs a token of the step.',
    ],
    [
      'enable_chunked_prefill: false\n  max_num_batched_tokens: 8192',
      'study.yaml:5:27 deployment.max_num_batched_tokens: max_num_batched_tokens 8192 is below max_model_len 32768; without chunked prefill a prompt must fit one step.',
    ],
    [
      'max_num_active_seqs: 2000',
      'study.yaml:4:24 deployment.max_num_active_seqs: max_num_active_seqs 2000 is above max_num_seqs 1024.',
    ],
    [
      'max_num_scheduled_tokens: 9000',
      'study.yaml:4:29 deployment.max_num_scheduled_tokens: max_num_scheduled_tokens 9000 is above max_num_batched_tokens 8192.',
    ],
    [
      'long_prefill_token_threshold: 40000',
      'study.yaml:4:33 deployment.long_prefill_token_threshold: long_prefill_token_threshold 40000 is above max_model_len 32768.',
    ],
    [
      'block_size: 24',
      "study.yaml:4:15 deployment.block_size: read 24, expected a multiple of 16, as vLLM's attention kernels need.",
    ],
    [
      'cudagraph_capture_sizes: [1, 8]\n  max_cudagraph_capture_size: 16',
      'study.yaml:5:31 deployment.max_cudagraph_capture_size: read 16, but the largest of cudagraph_capture_sizes is 8; vLLM wants them equal.',
    ],
    [
      'tensor_parallel_size: 3',
      'study.yaml:4:25 deployment.tensor_parallel_size: tensor_parallel_size 3 does not divide tiny-1b',
    ],
    ['kv_cache_dtype: fp9', 'study.yaml:4:19 deployment.kv_cache_dtype: unknown KV cache dtype "fp9".'],
    ['quantization: fp9', 'study.yaml:4:17 deployment.quantization: the quantization "fp9" is not modelled.'],
    ['num_gpu_blocks_override: 65', 'study.yaml:2:3 deployment: one request of max_model_len 32768 needs'],
  ])('%s', (line, message) => {
    const [first, ...others] = errors(line);
    expect(first!.startsWith(message) ? message : first).toBe(message);
    expect(others).toEqual([]);
  });

  test('because its model or GPU is unknown, each named', () => {
    const lines = errorLines(() => deploymentOf('model: tiny-1', 'gpu: h10-sxm'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(
      'study.yaml:2:10 deployment.model: no model "tiny-1" in the catalog. Did you mean "tiny-1b"?',
    );
    expect(lines[1]).toContain('study.yaml:3:8 deployment.gpu: no GPU "h10-sxm" in the catalog.');
  });

  test('because there is no model at all', () => {
    expect(errorLines(() => deploymentOf('replicas: 2'))).toEqual([
      'study.yaml:2:3 deployment: missing; expected model: or a serve: line with a model.',
    ]);
  });

  test('at the serve line when the setting stands there', () => {
    expect(errorLines(() => deploymentOf('serve: vllm serve tiny-1b --block-size 24'))[0]).toMatch(
      /^study\.yaml:3:10 deployment\.serve: read 24, expected a multiple of 16/,
    );
  });
});

describe('a model from a config.json', () => {
  const config = {
    architectures: ['LlamaForCausalLM'],
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 32_000,
    max_position_embeddings: 4096,
    torch_dtype: 'bfloat16',
  };
  const text = studyText(
    ['model: ./mine', 'gpu: h100-sxm'],
    ['sweep:', '  deployment.model: [./mine, tiny-1b, other/config.json]'],
  );

  test('is asked for, once, wherever it is named', () => {
    expect(modelFilesNeeded(loadStudy(text, 'study.yaml'))).toEqual(['./mine/config.json', 'other/config.json']);
  });

  test('is read from what was handed in', () => {
    const huggingFaceConfigs = { './mine/config.json': config, 'other/config.json': config };
    const [mine] = resolveText(text, { huggingFaceConfigs }).runs;
    expect(mine!.deployment).toMatchObject({
      model_file: './mine/config.json',
      model: { layers: 16, kvHeads: 8 },
      engine: { max_model_len: 4096 },
    });
  });
});
