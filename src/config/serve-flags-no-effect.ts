/**
 * Flags of vLLM 0.33 that do not change how long a text request takes: how weights are fetched, names, logging,
 * security, parsers of the answer, and settings for images, adapters or state-space layers, none of which is
 * simulated. A run lists those it was given, so that nobody wonders whether one was honoured.
 */
const words = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => `--${word}`);

/** Without a value. */
export const NO_EFFECT_SWITCHES: readonly string[] = words(`
  aggregate-engine-logging allow-credentials allow-deprecated-quantization cohere-is-reasoning-model cudagraph-metrics
  dcp-q-replicate disable-chunked-mm-input disable-fastapi-docs disable-hybrid-kv-cache-manager disable-log-stats
  disable-nccl-for-dp-synchronization disable-sliding-window disable-uvicorn-access-log enable-auto-tool-choice
  enable-cumem-allocator enable-fault-tolerance enable-flash-late-interaction enable-force-include-usage
  enable-layerwise-nvtx-tracing enable-log-deltas enable-log-outputs enable-log-requests
  enable-logging-iteration-details enable-mamba-cache-stochastic-rounding enable-mamba-shared-prefix-checkpoint
  enable-mfu-metrics enable-mixed-moe-lora-format enable-mm-embeds enable-moe-shared-loras enable-nccl-comm-suspend
  enable-offline-docs enable-per-request-metrics enable-prompt-embeds enable-prompt-tokens-details
  enable-request-id-headers enable-return-routed-experts enable-scale-out enable-server-load-tracking
  enable-shm-tensor-arena enable-sleep-mode enable-ssl-refresh enable-tokenizer-info-endpoint
  enable-tower-connector-lora exclude-tools-when-tool-choice-none fail-on-environ-validation grpc interleave-mm-strings
  jit-monitor-verbose kv-cache-metrics language-model-only log-error-stack mm-device-do-normalize mm-encoder-only
  numa-bind ray-workers-use-nsight return-tokens-as-token-ids skip-mm-profiling skip-tokenizer-init
  sleep-mode-offload-cudagraph specialize-active-lora swa-bounded-replay tokens-only trust-remote-code
  trust-request-chat-template trust-request-mm-kwargs use-replayssm use-tqdm-on-load
`);

/** With one value. */
export const NO_EFFECT_VALUES: readonly string[] = words(`
  allowed-headers allowed-local-media-path allowed-methods allowed-origins
  anthropic-disabled-thinking-effort api-server-count aux-output-config chat-template chat-template-content-format
  code-revision cohere-format config-format cp-kv-cache-interleave-size cpu-distributed-timeout-seconds
  custom-histogram-buckets data-parallel-address data-parallel-backend data-parallel-rpc-port
  data-parallel-supervisor-port dbo-decode-token-threshold dbo-prefill-token-threshold dcp-comm-backend
  dcp-kv-cache-interleave-size default-chat-template-kwargs default-mm-loras device-ids
  disable-access-log-for-endpoints distributed-timeout-seconds download-dir dp-supervisor-probe-failure-threshold
  dp-supervisor-probe-interval-s dp-supervisor-probe-timeout-s ec-manager-config
  elastic-ep-max-dp-size eplb-config expert-placement-strategy fault-tolerance-config fingerprint-mode
  fingerprint-value gdn-prefill-backend generation-config grpc-port h11-max-header-count
  h11-max-incomplete-event-size host io-processor-plugin jit-monitor-mode kda-decode-backend kda-prefill-backend
  kv-cache-metrics-sample kv-events-config kv-offloading-backend limit-mm-per-prompt load-format log-config-file
  log-level logging-config logprobs-mode lora-dtype mamba-backend mamba-block-size mamba-cache-dtype
  mamba-cache-mode mamba-cache-philox-rounds mamba-ssm-cache-dtype mamba-ssu-algorithm master-addr master-port
  max-cpu-loras max-log-len max-logprobs max-lora-cls-labels max-lora-rank max-loras max-parallel-loading-workers
  media-io-kwargs mm-encoder-attn-backend mm-encoder-attn-dtype mm-encoder-fp8-scale-path
  mm-encoder-fp8-scale-save-margin mm-encoder-fp8-scale-save-path mm-encoder-tp-mode mm-hasher-algorithm
  mm-ipc-gpu-memory-gb mm-processor-cache-gb mm-processor-cache-type mm-processor-device mm-processor-kwargs
  mm-shm-cache-max-object-size-mb mm-tensor-ipc model-loader-extra-config offload-backend
  offload-num-in-group offload-prefetch-step otlp-traces-endpoint per-request-spec-decode-metrics port
  prefix-caching-hash-algo profiler-config pt-load-map-location reasoning-config reasoning-effort-map
  reasoning-parser reasoning-parser-plugin renderer-num-workers replayssm-buffer-len response-role revision root-path
  safetensors-load-strategy safetensors-prefetch-block-size safetensors-prefetch-num-threads seed
  show-hidden-metrics-for-version shutdown-timeout sleep-mode-backend sparse-indexer-topk-backend
  sse-keep-alive-interval ssl-ca-certs ssl-cert-reqs ssl-certfile ssl-ciphers ssl-keyfile structured-outputs-config
  tokenizer tokenizer-mode tokenizer-revision tool-call-parser tool-parser-plugin tool-server tool-strict-level uds
  uvicorn-log-level video-pruning-method video-pruning-rate watchdog-config weight-transfer-config
`);

/** With one value or more. */
export const NO_EFFECT_LISTS: readonly string[] = words(`
  allowed-media-domains api-key collect-detailed-traces cpu-offload-params ignore-patterns lora-target-modules
  middleware numa-bind-cpus numa-bind-nodes offload-params served-model-name sleep-preserve-parameter-names
`);
