/**
 * The `deployment:` section of a study file. Engine settings have the names, ranges and suffixes of vLLM 0.33's own
 * flags (`EngineArgs`, with `-` written `_`); the rest describes the machines around the engine.
 */
import { z } from 'zod';
import { autoscale, market, router, startUp } from './schema-cluster.ts';
import {
  choice,
  count,
  duration,
  flag,
  list,
  number,
  oneOf,
  positive,
  section,
  text,
  tokenCount,
} from './schema-parts.ts';
import { acceptance, speculativeConfig } from './schema-speculation.ts';
import { unknownSettingHint } from './serve-flags.ts';

const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

/** Settings that can also be given on a `vllm serve` line. */
export const serveSettings = {
  model: text('the name of a model, or the path of its config.json')
    .optional()
    .describe('A model of the catalog (short name or Hugging Face repository), or the path of a config.json.'),
  tensor_parallel_size: count(1).optional().describe('GPUs a replica is spread over. Default: 1.'),
  pipeline_parallel_size: count(1).optional().describe('Stages the layers are cut into. Default: 1.'),
  data_parallel_size: count(1)
    .optional()
    .describe('Engines of one server, each with its own scheduler and KV cache. Default: 1.'),
  enable_expert_parallel: flag()
    .optional()
    .describe('Spread whole experts over the ranks instead of cutting each. Default: false.'),
  dtype: choice(['auto', 'bfloat16', 'float16', 'half'])
    .optional()
    .describe('Type of weights and activations; all of these cost the same. Default: auto.'),
  quantization: nullable(text('the name of a quantization')).describe(
    "vLLM's quantization method, such as fp8, awq or gptq. Default: that of the checkpoint.",
  ),
  kv_cache_dtype: text('a KV cache dtype, such as auto or fp8')
    .optional()
    .describe('Type of the KV cache: auto, bfloat16, float16, fp8, fp8_e4m3 or fp8_e5m2. Default: auto.'),
  gpu_memory_utilization: number({ above: 0, to: 1 }, 'a share above 0 and up to 1')
    .optional()
    .describe("Share of the GPU's memory vLLM may use. Default: 0.92."),
  kv_cache_memory_bytes: nullable(tokenCount(1)).describe(
    'Bytes a GPU gives to the KV cache, instead of what gpu_memory_utilization leaves. Default: unset.',
  ),
  num_gpu_blocks_override: nullable(count(1)).describe(
    'KV cache blocks, instead of the number that fits the memory. Default: unset.',
  ),
  block_size: count(1).optional().describe('Tokens in a KV cache block. Default: 16.'),
  max_model_len: tokenCount(1, ['auto'])
    .optional()
    .describe("Longest prompt plus output in tokens; auto: the longest that fits. Default: the model's own."),
  max_num_seqs: count(1).optional().describe('Requests that run at once. Default: by GPU memory, 256 or 1024.'),
  max_num_active_seqs: nullable(count(1)).describe('Admission stops at this many running requests. Default: unset.'),
  max_num_batched_tokens: tokenCount(1)
    .optional()
    .describe('Tokens in a step. Default: by GPU memory, 2048, 8192 or 16384.'),
  max_num_scheduled_tokens: nullable(tokenCount(1)).describe(
    'Tokens the scheduler hands out in a step. Default: max_num_batched_tokens.',
  ),
  enable_chunked_prefill: flag().optional().describe('Split prompts over steps. Default: true.'),
  long_prefill_token_threshold: count(0)
    .optional()
    .describe('Tokens of one prompt in a step when others wait; 0: no limit. Default: 0.'),
  long_prefill_token_threshold_adaptive: flag()
    .optional()
    .describe('Raise the threshold to a fair share of the step. Default: false.'),
  enable_prefix_caching: flag().optional().describe('Reuse KV blocks of equal prefixes. Default: true.'),
  prefix_cache_retention_interval: nullable(count(0)).describe(
    'Which blocks of sliding-window layers stay cached, in tokens; null: all. Default: 0.',
  ),
  scheduling_policy: choice(['fcfs', 'priority'])
    .optional()
    .describe('Order of the waiting requests: of arrival, or by the priority of their class. Default: fcfs.'),
  async_scheduling: nullable(flag()).describe('Schedule the next step while one runs. Default: true.'),
  scheduler_reserve_full_isl: flag()
    .optional()
    .describe('Admit a request only when its whole prompt fits. Default: true.'),
  watermark: number({ from: 0, below: 1 }, 'a share from 0 to below 1')
    .optional()
    .describe('Share of the KV blocks kept free at admission. Default: 0.'),
  prefill_schedule_interval: count(1).optional().describe('Admit prompts in every n-th step. Default: 1.'),
  max_num_queued_reqs: nullable(count(0)).describe('Answer 503 from so many requests in flight. Default: unset.'),
  max_num_queued_tokens: nullable(tokenCount(0)).describe(
    'Answer 503 from so many prompt tokens awaiting prefill. Default: unset.',
  ),
  performance_mode: choice(['balanced', 'interactivity', 'throughput'])
    .optional()
    .describe('throughput doubles the default batch limits; interactivity adds CUDA graphs. Default: balanced.'),
  enforce_eager: flag().optional().describe('Run without CUDA graphs. Default: false.'),
  max_cudagraph_capture_size: nullable(count(1)).describe(
    'Largest batch with a CUDA graph, in tokens. Default: unset.',
  ),
  cudagraph_capture_sizes: nullable(list(count(1), 'batch sizes in tokens')).describe(
    "Batches with a CUDA graph, in tokens. Default: vLLM's ladder.",
  ),
  speculative_config: nullable(speculativeConfig).describe(
    "Speculative decoding, with the keys of vLLM's --speculative-config. Default: none.",
  ),
};

export type ServeSettingName = keyof typeof serveSettings;

const customGpu = section(
  {
    name: text('a name for the hardware').describe('What to call it.'),
    memory_gib: positive().describe('Memory of one device, GiB, as a process sees it when nothing else runs.'),
  },
  'a mapping with name and memory_gib',
);

const gpu = oneOf(
  [text('the name of a GPU'), customGpu],
  'the name of a GPU, or a mapping with name and memory_gib for hardware that is not in the catalog',
  ['name', 'memory_gib'],
);

export const deploymentSchema = section(
  {
    serve: text('a vllm serve line')
      .optional()
      .describe('A `vllm serve` line as you would paste it. Settings beside it win over it.'),
    gpu: gpu.describe(
      'Kind of GPU, such as h100-sxm, or { name, memory_gib } for hardware that is not in the catalog and whose step ' +
        'times are measured (latency.calibration).',
    ),
    replicas: count(1).optional().describe('Independent engines behind the router. Default: 1.'),
    router: router.optional().describe('How requests are spread over replicas: cluster.router. Default: round_robin.'),
    market: market.optional().describe('Where the replicas are rented: on_demand, or spot. Default: on_demand.'),
    start_up: startUp.optional().describe('How long a replica takes to start, once spot or autoscale make one start.'),
    autoscale: autoscale.optional().describe('A number of replicas that follows the load. Default: none.'),
    latency: section(
      {
        step_overhead: duration()
          .optional()
          .describe('Time of a step beyond its kernels. Default: 0.3ms; 2.3ms without asynchronous scheduling.'),
        front_end: duration()
          .optional()
          .describe('HTTP, tokenizer and transport a request, before the engine sees it. Default: 5ms.'),
        moe_routing: choice(['power_law_1.01', 'power_law_1.2', 'balanced'])
          .optional()
          .describe('How unevenly tokens spread over experts. Default: power_law_1.01.'),
        profile: text('the path of a folder with kernel times')
          .optional()
          .describe('A folder of kernel times you measured (dense.csv, attention.csv, …). Default: published times.'),
        calibration: nullable(text('the path of a calibration file')).describe(
          'A file written by `servesim calibrate`. Default: none.',
        ),
      },
      'a mapping with step_overhead, front_end, moe_routing, profile and calibration',
    )
      .optional()
      .describe('Where step times come from, and delays that belong to no GPU kernel.'),
    interconnect: choice(['pcie_switch', 'pcie_host'])
      .optional()
      .describe('How GPUs without NVLink talk: through a PCIe switch or through the host. Default: pcie_switch.'),
    acceptance: nullable(acceptance).describe(
      'How many drafts of speculative decoding are accepted. Default: { task: chat }, as published for the method.',
    ),
    vllm_version: z
      .union([z.literal('0.33.0'), z.literal('0.33'), z.literal(0.33)], {
        error: 'expected 0.33.0, the version that is simulated',
      })
      .optional()
      .describe('Version of vLLM. Default: 0.33.0.'),
    ...serveSettings,
  },
  'a mapping with gpu and model or serve',
  unknownSettingHint,
);

export type DeploymentInput = z.infer<typeof deploymentSchema>;
export type ServeInput = Partial<Pick<DeploymentInput, ServeSettingName>>;
