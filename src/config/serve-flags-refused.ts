/**
 * Flags of vLLM 0.33 that change what a server does in a way that is not modelled, with the values that change nothing,
 * and flags that earlier versions had. Refusing them by name is the alternative to numbers that are quietly wrong.
 */

export interface RefusedFlags {
  readonly flags: readonly string[];
  /** Default: one value. */
  readonly takes?: 'switch' | 'value' | 'values';
  /** Values that are vLLM's own default or the same as it; `false` for a switch. */
  readonly harmless?: readonly string[];
  readonly why: string;
}

const OFF = ['false'];

export const REFUSED_FLAGS: readonly RefusedFlags[] = [
  {
    flags: ['--data-parallel-size-local'],
    why: 'a server whose data-parallel engines are spread over nodes is not modelled; give --data-parallel-size alone',
  },
  {
    flags: ['--data-parallel-rank', '--data-parallel-start-rank'],
    harmless: ['0'],
    why: 'one server with all of its data-parallel engines is modelled; give --data-parallel-size alone',
  },
  {
    flags: ['--data-parallel-hybrid-lb', '--data-parallel-external-lb', '--data-parallel-multi-port-external-lb'],
    takes: 'switch',
    harmless: OFF,
    why: 'engines behind a load balancer of your own are not modelled; for a dense model use replicas:',
  },
  {
    flags: ['--decode-context-parallel-size', '--prefill-context-parallel-size'],
    harmless: ['1'],
    why: 'context parallelism is not modelled',
  },
  { flags: ['--nnodes'], harmless: ['1'], why: 'engines that span nodes are not modelled' },
  { flags: ['--node-rank'], harmless: ['0'], why: 'engines that span nodes are not modelled' },
  {
    flags: ['--headless'],
    takes: 'switch',
    harmless: OFF,
    why: 'a headless worker answers no requests; paste the line of the head node',
  },
  {
    flags: ['--enable-eplb', '--enable-elastic-ep', '--enable-ep-weight-filter'],
    takes: 'switch',
    harmless: OFF,
    why: 'moving experts between ranks is not modelled',
  },
  {
    flags: ['--all2all-backend'],
    harmless: ['allgather_reducescatter'],
    why: 'the exchange between data-parallel ranks is modelled as the default, allgather_reducescatter',
  },
  {
    flags: ['--moe-backend'],
    harmless: ['auto'],
    why: "kernel times were measured with vLLM's default kernels; remove it to simulate those",
  },
  { flags: ['--dp-sync-interval'], harmless: ['16'], why: 'only the default interval, 16, is modelled' },
  { flags: ['--enable-dbo'], takes: 'switch', harmless: OFF, why: 'dual-batch overlap is not modelled' },
  { flags: ['--ubatch-size'], harmless: ['0'], why: 'micro-batches are not modelled' },
  {
    flags: ['--enable-hc-sp', '--enable-batch-sharded-sampling'],
    takes: 'switch',
    harmless: OFF,
    why: 'sequence-parallel layers are not modelled',
  },
  { flags: ['--kv-offloading-size'], harmless: ['0', '0.0'], why: 'a KV cache in CPU memory is not modelled' },
  {
    flags: ['--kv-transfer-config'],
    harmless: ['null'],
    why: 'KV connectors and disaggregated prefill are not modelled',
  },
  { flags: ['--ec-transfer-config'], harmless: ['null'], why: 'disaggregated encoders are not modelled' },
  { flags: ['--cpu-offload-gb'], harmless: ['0', '0.0'], why: 'weights in CPU memory are not modelled' },
  { flags: ['--offload-group-size'], harmless: ['0'], why: 'weights in CPU memory are not modelled' },
  {
    flags: ['--enable-lora', '--fully-sharded-loras'],
    takes: 'switch',
    harmless: OFF,
    why: 'LoRA adapters are not modelled',
  },
  { flags: ['--lora-modules'], takes: 'values', why: 'LoRA adapters are not modelled' },
  {
    flags: ['--hf-overrides', '--model-class-overrides'],
    harmless: ['{}'],
    why: "changes of the model's configuration are not read; write them into a config.json and give its path as model",
  },
  { flags: ['--hf-config-path'], why: 'give the path of that config.json as the model' },
  { flags: ['--config'], why: 'its file is not read; write its settings on the line or under deployment:' },
  {
    flags: ['--quantization-config'],
    harmless: ['null', '{}'],
    why: 'quantization by configuration is not modelled; use --quantization',
  },
  { flags: ['--kv-cache-dtype-skip-layers'], takes: 'values', why: 'a KV cache of mixed precision is not modelled' },
  { flags: ['--prefix-match-unit'], why: 'prefix matching in units other than a block is not modelled' },
  {
    flags: ['--kv-sharing-fast-prefill'],
    takes: 'switch',
    harmless: OFF,
    why: 'KV sharing between layers is not modelled',
  },
  { flags: ['--runner'], harmless: ['auto', 'generate'], why: 'only text generation is modelled' },
  { flags: ['--convert'], harmless: ['auto', 'none'], why: 'only text generation is modelled' },
  { flags: ['--pooler-config'], harmless: ['null'], why: 'only text generation is modelled' },
  { flags: ['--diffusion-config'], harmless: ['null'], why: 'diffusion language models are not modelled' },
  { flags: ['--engram-config'], harmless: ['null'], why: 'engram memory is not modelled' },
  { flags: ['--model-impl'], harmless: ['auto', 'vllm'], why: "only vLLM's own model code was measured" },
  { flags: ['--scheduler-cls'], why: "only vLLM's own scheduler is modelled" },
  { flags: ['--worker-cls'], harmless: ['auto'], why: "only vLLM's own worker is modelled" },
  { flags: ['--worker-extension-cls'], why: "only vLLM's own worker is modelled" },
  {
    flags: ['--distributed-executor-backend'],
    harmless: ['mp', 'uni'],
    why: "only vLLM's own executors, mp and uni, are modelled",
  },
  { flags: ['--stream-interval'], harmless: ['1'], why: 'tokens are streamed one by one here' },
  {
    flags: ['--attention-backend', '--attention-config', '--kernel-config', '--ir-op-priority'],
    harmless: ['auto', '{}'],
    why: "kernel times were measured with vLLM's default kernels; remove it to simulate those",
  },
  {
    flags: ['--linear-backend'],
    harmless: ['auto'],
    why: "kernel times were measured with vLLM's default kernels; remove it to simulate those",
  },
  {
    flags: ['--enable-flashinfer-autotune'],
    takes: 'switch',
    harmless: ['true'],
    why: 'kernel times were measured with tuned kernels; remove it to simulate those',
  },
  {
    flags: ['--monokernel'],
    takes: 'switch',
    harmless: OFF,
    why: "kernel times were measured with vLLM's default kernels",
  },
  {
    flags: ['--disable-custom-all-reduce'],
    takes: 'switch',
    harmless: OFF,
    why: "all-reduce times are those of vLLM's custom kernel",
  },
  { flags: ['--disable-cascade-attn'], takes: 'switch', harmless: ['true'], why: 'cascade attention is not modelled' },
  {
    flags: ['--optimization-level'],
    harmless: ['2', '3', 'O2', 'O3'],
    why: 'only the default optimization level, 2, was measured',
  },
  {
    flags: ['--use-fp64-gumbel', '--return-sampling-mask', '--enable-trace-replay'],
    takes: 'switch',
    harmless: OFF,
    why: 'its cost in the sampler is not modelled',
  },
  { flags: ['--logits-processors'], takes: 'values', why: 'the cost of custom logits processors is not modelled' },
  { flags: ['--watermark-config'], harmless: ['null'], why: 'the cost of watermarked sampling is not modelled' },
  { flags: ['--additional-config'], harmless: ['{}'], why: 'what a plugin does with it is not known here' },
];

const SPECULATION = (key: string) => `Use --speculative-config '{"${key}": …}'.`;
const V0 = 'It belonged to the V0 engine; remove it.';

/** Flags of earlier versions, and what to do now. */
export const REMOVED_FLAGS: Readonly<Record<string, string>> = {
  '--swap-space': 'Preempted requests are always recomputed; remove it.',
  '--max-num-partial-prefills': 'It had no effect in the V1 engine; remove it.',
  '--max-long-partial-prefills': 'It had no effect in the V1 engine; remove it.',
  '--preemption-mode': 'Preempted requests are always recomputed; remove it.',
  '--num-scheduler-steps': 'Multi-step scheduling is gone; remove it.',
  '--multi-step-stream-outputs': 'Multi-step scheduling is gone; remove it.',
  '--use-v2-block-manager': V0,
  '--num-lookahead-slots': V0,
  '--scheduler-delay-factor': V0,
  '--disable-async-output-proc': V0,
  '--disable-frontend-multiprocessing': V0,
  '--engine-use-ray': V0,
  '--worker-use-ray': 'Use --distributed-executor-backend.',
  '--tokenizer-pool-size': V0,
  '--tokenizer-pool-type': V0,
  '--tokenizer-pool-extra-config': V0,
  '--max-seq-len-to-capture': 'Use --max-cudagraph-capture-size.',
  '--max-context-len-to-capture': 'Use --max-cudagraph-capture-size.',
  '--cuda-graph-sizes': 'Use --cudagraph-capture-sizes.',
  '--speculative-model': SPECULATION('model'),
  '--num-speculative-tokens': SPECULATION('num_speculative_tokens'),
  '--speculative-draft-tensor-parallel-size': SPECULATION('draft_tensor_parallel_size'),
  '--speculative-max-model-len': SPECULATION('max_model_len'),
  '--speculative-disable-by-batch-size': 'Drafting can no longer be turned off by batch size; remove it.',
  '--ngram-prompt-lookup-max': SPECULATION('prompt_lookup_max'),
  '--ngram-prompt-lookup-min': SPECULATION('prompt_lookup_min'),
  '--spec-decoding-acceptance-method': SPECULATION('rejection_sample_method'),
  '--rope-scaling': 'Write it into a config.json and give its path as the model.',
  '--rope-theta': 'Write it into a config.json and give its path as the model.',
  '--task': 'Use --runner.',
  '--device': 'The GPU is named by gpu:; remove it.',
  '--calculate-kv-scales': 'Remove it.',
  '--quantization-param-path': 'Remove it.',
  '--guided-decoding-backend': 'Use --structured-outputs-config.',
  '--enable-reasoning': 'Use --reasoning-parser.',
  '--enable-prompt-adapter': 'Prompt adapters are gone; remove it.',
  '--max-prompt-adapters': 'Prompt adapters are gone; remove it.',
  '--lora-extra-vocab-size': 'Remove it.',
  '--long-lora-scaling-factors': 'Remove it.',
  '--disable-mm-preprocessor-cache': 'Use --mm-processor-cache-gb 0.',
  '--override-neuron-config': 'Use --additional-config.',
  '--override-pooler-config': 'Use --pooler-config.',
  '--logits-processor-pattern': 'Use --logits-processors.',
};
