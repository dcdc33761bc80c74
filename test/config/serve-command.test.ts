import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseServeCommand } from '../../src/config/serve-command.ts';
import { shellQuote } from '../../src/config/shell-words.ts';
import { errorLines } from './fixtures.ts';

const settings = (line: string) => parseServeCommand(line).settings;

describe('a serve line', () => {
  test('is read as it is pasted, over several lines', () => {
    const line = `VLLM_LOGGING_LEVEL=DEBUG HF_TOKEN=abc vllm serve meta-llama/Llama-3.1-8B-Instruct \\
      --tensor-parallel-size=2 -q fp8 --max_model_len 32K --no-enable-prefix-caching \\
      --host 0.0.0.0 --port 8000 --served-model-name a b --enforce-eager`;
    expect(parseServeCommand(line)).toEqual({
      settings: {
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        tensor_parallel_size: 2,
        quantization: 'fp8',
        max_model_len: '32K',
        enable_prefix_caching: false,
        enforce_eager: true,
      },
      noEffect: [
        'VLLM_LOGGING_LEVEL=DEBUG',
        'HF_TOKEN=abc',
        '--host 0.0.0.0',
        '--port 8000',
        '--served-model-name a b',
      ],
    });
  });

  test.each([
    'vllm serve --model m',
    '/opt/venv/bin/vllm serve m',
    'uv run vllm serve m',
    'python3 -m vllm.entrypoints.openai.api_server --model m',
  ])('may start as %j', (line) => {
    expect(settings(line)).toEqual({ model: 'm' });
  });

  test('of two equal flags the last wins', () => {
    expect(settings('vllm serve m --max-num-seqs 4 --max-num-seqs 8')).toEqual({ model: 'm', max_num_seqs: 8 });
  });

  test('reads -1 as automatic length, and lists of sizes', () => {
    expect(settings('vllm serve m --max-model-len -1 --cudagraph-capture-sizes 1 2 4 --block-size 32')).toEqual({
      model: 'm',
      max_model_len: 'auto',
      cudagraph_capture_sizes: [1, 2, 4],
      block_size: 32,
    });
  });

  test('reads the graph sizes of --compilation-config, as JSON or by dotted keys', () => {
    const json = `vllm serve m --compilation-config '{"mode": 3, "max_cudagraph_capture_size": 64}'`;
    expect(parseServeCommand(json)).toEqual({
      settings: { model: 'm', max_cudagraph_capture_size: 64 },
      noEffect: ['--compilation-config.mode 3'],
    });
    const dotted = 'vllm serve m -cc.mode 3 --compilation_config.cudagraph_capture_sizes+ 1,2,4';
    expect(settings(dotted)).toEqual({ model: 'm', cudagraph_capture_sizes: [1, 2, 4] });
  });

  test.each([
    '-O3',
    '-O 2',
    '-O=2',
    '--optimization-level 2',
    '-dcp 1',
    '--all2all-backend allgather_reducescatter',
    '--dp-sync-interval 16',
    '--cpu-offload-gb 0',
    '--stream-interval 1',
  ])('takes %s, which is what vLLM does anyway', (flag) => {
    expect(settings(`vllm serve m ${flag}`)).toEqual({ model: 'm' });
  });
});

test('the sizes of all kinds of parallelism are settings', () => {
  expect(settings('vllm serve m -tp 2 -pp=3 -dp 4 -ep')).toEqual({
    model: 'm',
    tensor_parallel_size: 2,
    pipeline_parallel_size: 3,
    data_parallel_size: 4,
    enable_expert_parallel: true,
  });
});

describe('a serve line that cannot be simulated', () => {
  test.each([
    ['-dcp 2', '-dcp 2: context parallelism is not modelled'],
    [
      '--data-parallel-size-local 4',
      '--data-parallel-size-local 4: a server whose data-parallel engines are spread over nodes is not modelled; give --data-parallel-size alone',
    ],
    ['-dpe', '-dpe: engines behind a load balancer of your own are not modelled; for a dense model use replicas:'],
    [
      '--all2all-backend deepep_low_latency',
      '--all2all-backend deepep_low_latency: the exchange between data-parallel ranks is modelled as the default, allgather_reducescatter',
    ],
    [
      '--num-speculative-tokens 5',
      `vLLM 0.33 no longer has --num-speculative-tokens. Use --speculative-config '{"num_speculative_tokens": …}'.`,
    ],
    ['--kv-offloading-size 10', '--kv-offloading-size 10: a KV cache in CPU memory is not modelled'],
    ['-O0', '--optimization-level 0: only the default optimization level, 2, was measured'],
    ['--swap-space 4', 'vLLM 0.33 no longer has --swap-space. Preempted requests are always recomputed; remove it.'],
    ['--task generate', 'vLLM 0.33 no longer has --task. Use --runner.'],
    ['--enforce-eager=true', '--enforce-eager takes no value, read "true"; --x turns a switch on, --no-x off'],
    ['--max-num-seqs', '--max-num-seqs is missing its value'],
    [
      '--compilation-config.pass_config.fuse_norm_quant true',
      "--compilation-config.pass_config true: only vLLM's default compilation was measured; of this flag cudagraph_capture_sizes and max_cudagraph_capture_size are read",
    ],
    [
      '--override-generation-config.max_new_tokens 100',
      '--override-generation-config.max_new_tokens 100: write it as max_tokens: under workload:',
    ],
    ['--compilation-config 3', '--compilation-config: read 3, expected a JSON object'],
  ])('%s is refused by name', (flag, message) => {
    expect(errorLines(() => parseServeCommand(`vllm serve m ${flag}`))).toEqual([message]);
  });

  test('names every flag that is wrong, not only the first', () => {
    expect(errorLines(() => parseServeCommand('vllm serve m -dcp 2 --hots x --swap-space 4'))).toHaveLength(3);
  });

  test('an unknown flag does not turn its value into a second model', () => {
    expect(errorLines(() => parseServeCommand('vllm serve m --hots x'))).toEqual([
      'vllm serve 0.33 has no flag "--hots". Did you mean "--host"?',
    ]);
  });

  test('a value after a switch is pointed out', () => {
    expect(errorLines(() => parseServeCommand('vllm serve m --enable-prefix-caching true'))).toEqual([
      'unexpected word "true" after the model m; a switch takes no value: --x turns it on, --no-x off',
    ]);
  });

  test('another program is refused', () => {
    expect(() => parseServeCommand('docker run vllm/vllm-openai --model m')).toThrow(
      'the line starts with "docker run", expected "vllm serve <model> …"',
    );
  });

  test.each([
    ['VLLM_USE_V1=0', 'what this variable changes in vLLM is not modelled; remove it'],
    ['VLLM_ALLOW_LONG_MAX_MODEL_LEN=1', "a context longer than the model's own is not modelled"],
  ])('the variable %s is refused', (variable, message) => {
    expect(() => parseServeCommand(`${variable} vllm serve m`)).toThrow(message);
  });
});

test('settings survive being quoted into a line and read back', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.startsWith('-'));
  const given = fc.record({
    model: text,
    quantization: text,
    max_num_seqs: fc.nat(),
    gpu_memory_utilization: fc.integer({ min: 1, max: 100 }).map((n) => n / 100),
    enable_prefix_caching: fc.boolean(),
  });
  fc.assert(
    fc.property(given, fc.boolean(), (values, equals) => {
      const words = Object.entries(values).flatMap(([name, value]) => {
        const flag = name.replaceAll('_', '-');
        if (typeof value === 'boolean') return [value ? `--${flag}` : `--no-${flag}`];
        if (name === 'model') return [];
        return equals ? [`--${flag}=${value}`] : [`--${flag}`, String(value)];
      });
      const line = ['vllm', 'serve', values.model, ...words].map(shellQuote).join(' ');
      expect(parseServeCommand(line).settings).toEqual(values);
    }),
  );
});
