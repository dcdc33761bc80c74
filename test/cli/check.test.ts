import { describe, expect, it } from 'vitest';
import { folderWith, servesim } from './servesim.ts';

const study = (...deployment: string[]) =>
  ['deployment:', ...deployment.map((line) => `  ${line}`), 'workload:', '  synthetic: chat', ''].join('\n');
const LLAMA_70B = 'vllm serve meta-llama/Llama-3.3-70B-Instruct';

/** A check of a serve line as JSON: the exit code and its only deployment. */
function check(line: string, ...options: string[]) {
  const { code, stdout, stderr } = servesim('.', 'check', ...options, '--json', '--', ...line.split(' '));
  if (stdout === '') throw new Error(stderr);
  return { code, ...JSON.parse(stdout).deployments[0] };
}

describe('servesim check', () => {
  it('says first that a server starts, and what it holds', () => {
    const folder = folderWith({
      'study.yaml': study(`serve: ${LLAMA_70B} -tp 4 --max-model-len 32768`, 'gpu: h100-sxm'),
    });
    const { code, stdout } = servesim(folder, 'check', 'study.yaml');
    expect(code).toBe(0);
    const [, blocks, tokens, requests] =
      /^starts: ([\d,]+) KV blocks = ([\d,]+) tokens; ([\d.]+) requests of 32,768 tokens at once\n/.exec(stdout)!;
    const number = (text: string | undefined) => Number(text!.replaceAll(',', ''));
    expect(number(tokens)).toBe((number(blocks) - 1) * 16);
    expect(number(requests)).toBeCloseTo(number(blocks) / 2048, 1);
    expect(stdout).toMatch(/weights +32\.9 GiB a GPU/);
    expect(stdout).toMatch(/longest request +131,072 tokens \(the model's own limit\)/);
    expect(stdout).toMatch(/^estimated: .* for activations, CUDA graphs and libraries is an estimate/m);
  });

  it('takes a pasted line on a GPU, as words or quoted whole', () => {
    const line = `${LLAMA_70B} --tensor-parallel-size 4 --max-model-len 32768`;
    const words = servesim('.', 'check', '--gpu', 'h100-sxm', '--', ...line.split(' '));
    expect(words.code).toBe(0);
    expect(servesim('.', 'check', '--gpu', 'h100-sxm', '--', line).stdout).toBe(words.stdout);
    const folder = folderWith({ 'study.yaml': study(`serve: ${line}`, 'gpu: h100-sxm') });
    expect(servesim(folder, 'check', 'study.yaml').stdout).toBe(words.stdout);
  });

  it('says which stage of a pipeline has the least room, and how many GPUs all take', () => {
    const line = `${LLAMA_70B} -pp 3 -tp 2 --max-model-len 8192`;
    const { stdout } = servesim('.', 'check', '--gpu', 'h100-sxm', '--', ...line.split(' '));
    expect(stdout).toMatch(/^ {2}GPUs +6 × NVIDIA H100.* \(3 stages\), /m);
    expect(stdout).toMatch(/^ {2}stage +\d of 3, the one with the fewest blocks; layers: 27 \+ 27 \+ 26$/m);
    expect(check(line, '--gpu', 'h100-sxm')).toMatchObject({ gpus: 6, pipeline_parallel_size: 3 });
  });

  it('gives the share of one GPU where several engines share experts', () => {
    const line = 'vllm serve Qwen/Qwen3-30B-A3B --max-model-len 8192';
    const alone = check(line, '--gpu', 'h100-sxm');
    const spread = check(`${line} -dp 4 -ep`, '--gpu', 'h100-sxm');
    expect(spread).toMatchObject({ gpus: 4, data_parallel_size: 4, enable_expert_parallel: true });
    // 48 layers of 128 experts of three matrices of 2048 x 768, of which three quarters are elsewhere.
    expect(alone.weight_bytes - spread.weight_bytes).toBe((48 * 128 * 3 * 2048 * 768 * 2 * 3) / 4);
  });

  it('says why a server does not start and which changes would let it, and exits with 1', () => {
    const { code, stdout } = servesim('.', 'check', '--gpu', 'h100-sxm', '--', ...`${LLAMA_70B} -tp 2`.split(' '));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^does not start: one request of max_model_len 131072 needs 20\.00 GiB of KV cache/);
    expect(stdout).toMatch(/^ {2}max_model_len \d+ +[\d,]+ KV blocks = [\d,]+ tokens; 1\.\d+ requests/m);
    expect(stdout).toMatch(/^ {2}fp8 weights +/m);
    expect(stdout).toMatch(/^ {2}tensor_parallel_size 4 +/m);
    expect(stdout).toMatch(/^ {2}gpu h200-sxm +/m);
  });

  it('lists changes that hold when they are made', () => {
    const line = `${LLAMA_70B} -tp 2`;
    const { changes } = check(line, '--gpu', 'h100-sxm') as { changes: Change[] };
    type Change = { settings: Record<string, string | number>; num_gpu_blocks: number; max_concurrency: number };
    expect(changes.length).toBeGreaterThanOrEqual(4);
    for (const { settings, num_gpu_blocks, max_concurrency } of changes) {
      const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `deployment.${name}=${value}`]);
      expect(check(line, '--gpu', 'h100-sxm', ...set)).toMatchObject({ code: 0, num_gpu_blocks, max_concurrency });
    }
  });

  it('finds the length at which a server just starts', () => {
    const line = `${LLAMA_70B} -tp 2`;
    const longest = check(line, '--gpu', 'h100-sxm').max_model_len_that_fits as number;
    expect(check(`${line} --max-model-len ${longest}`, '--gpu', 'h100-sxm').code).toBe(0);
    expect(check(`${line} --max-model-len ${longest + 1}`, '--gpu', 'h100-sxm').code).toBe(1);
    expect(check(`${line} --max-model-len auto`, '--gpu', 'h100-sxm')).toMatchObject({
      code: 0,
      max_model_len: longest,
    });
  });

  it('lets the block count of a server win over the estimate', () => {
    const given = check(`${LLAMA_70B} -tp 4 --num-gpu-blocks-override 30425`, '--gpu', 'h100-sxm');
    expect(given).toMatchObject({
      num_gpu_blocks: 30_425,
      kv_bytes_source: 'num_gpu_blocks_override',
      max_concurrency: 30_425 / 8192,
      estimates: [],
    });
  });

  it.each([
    ['vllm serve deepseek-ai/DeepSeek-R1 -tp 8', 'h200-sxm', 'mla'],
    ['vllm serve openai/gpt-oss-120b --max-model-len 32768', 'h100-sxm', 'sliding'],
    ['vllm serve google/gemma-3-27b-it --max-model-len 32768', 'h100-sxm', 'sliding'],
    ['vllm serve llama-4-scout -tp 8 --max-model-len 32768', 'h100-sxm', 'chunked'],
    ['vllm serve Qwen/Qwen3-30B-A3B', 'h100-sxm', 'full'],
  ])('judges %s on %s, whose first layers are %s', (line, gpu, kind) => {
    const { code, ...answer } = check(line, '--gpu', gpu);
    expect(code).toBe(0);
    expect(answer).toMatchObject({ starts: true, simulated: true, not_simulated: null });
    expect(answer.kv_groups[0].kind).toBe(kind);
  });

  it('keeps all layers alike when the hybrid KV cache manager is off', () => {
    const line = 'vllm serve google/gemma-3-27b-it --max-model-len 32768';
    const alike = check(`${line} --disable-hybrid-kv-cache-manager`, '--gpu', 'h100-sxm');
    expect(alike).toMatchObject({ kv_groups: [{ kind: 'full', layers: 62 }], no_effect: [] });
    expect(alike.bytes_per_block).toBe(16 * 16 * 256 * 2 * 62);
    const reason =
      '--disable-hybrid-kv-cache-manager changes how gemma-3-27b keeps its KV cache, which is not modelled';
    expect(alike).toMatchObject({ simulated: false, not_simulated: reason });
  });

  it('answers for every deployment of a sweep, and fails if one does not start', () => {
    const sweep = 'sweep: { deployment.max_model_len: [16384, 131072], workload.request_rate: [1, 2] }\n';
    const folder = folderWith({
      'study.yaml': study('model: llama-3.3-70b', 'tensor_parallel_size: 2', 'gpu: h100-sxm') + sweep,
    });
    const { code, stdout } = servesim(folder, 'check', 'study.yaml', '--json');
    expect(code).toBe(1);
    const { starts, deployments } = JSON.parse(stdout);
    expect(starts).toBe(false);
    expect(deployments.map((each: { variant: unknown; starts: boolean }) => [each.variant, each.starts])).toEqual([
      [{ 'deployment.max_model_len': 16_384 }, true],
      [{ 'deployment.max_model_len': 131_072 }, false],
    ]);
    expect(servesim(folder, 'check', 'study.yaml').stdout).toMatch(/^deployment\.max_model_len=16384\nstarts: /);
  });

  it('needs neither the traces of a study nor measured kernels', () => {
    const gpu = '{ name: xeon-amx, memory_gib: 64 }';
    const workload = `deployment: { model: llama-3.1-8b, gpu: ${gpu}, max_model_len: 8192 }\nworkload: { trace: missing.csv }\n`;
    const { code, stdout } = servesim(folderWith({ 'study.yaml': workload }), 'check', 'study.yaml');
    expect(code).toBe(0);
    expect(stdout).toContain('nobody published kernel times of xeon-amx');
  });

  it.each([
    ['no study and no line', [], /check: expected a study file, or --gpu and a serve line/],
    ['a line without a GPU', ['--', 'vllm', 'serve', 'llama-3.1-8b'], /--gpu is missing/],
    ['a study and a line', ['study.yaml', '--', 'vllm', 'serve', 'x'], /not both/],
    ['an unknown GPU', ['--gpu', 'h10-sxm', '--', 'vllm', 'serve', 'llama-3.1-8b'], /no GPU "h10-sxm".*Did you mean/],
    ['an unknown model', ['--gpu', 'l40s', '--', 'vllm', 'serve', 'llama-3-8b'], /no model "llama-3-8b"/],
    [
      'an unknown flag',
      ['--gpu', 'l40s', '--', 'vllm', 'serve', 'llama-3.1-8b', '--max-modle-len', '5'],
      /max-model-len/,
    ],
    ['another program', ['--gpu', 'l40s', '--', 'sglang', 'serve'], /expected "vllm serve/],
    ['a missing study', ['study.yaml'], /study\.yaml: no such file/],
    ['an option that it does not have', ['--seed', '5'], /Unknown argument/],
    [
      'ranks that do not divide',
      ['--gpu', 'l40s', '--', 'vllm', 'serve', 'qwen2.5-7b', '-tp', '8'],
      /Use one of 1, 2, 4/,
    ],
  ])('refuses %s with exit code 2', (_what, args: string[], message) => {
    const { code, stderr, stdout } = servesim(folderWith({}), 'check', ...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
