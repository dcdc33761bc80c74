/**
 * A record of `--bench-params` is flags of `vllm bench serve` (0.33: `add_cli_args` of `vllm/benchmarks/serve.py` and its
 * data sets). Those that describe the load become settings of the workload; those about the client, its results and sampling
 * change nothing; the others are refused by name.
 */
import { InputError } from '../core/input-error.ts';
import { quoted } from './problems.ts';
import { randomLengths } from './random-lengths.ts';
import { unknownName } from './schema-parts.ts';
import type { RecordEffect } from './serve-params.ts';
import type { SweepParam } from './sweep-records.ts';

/** Flags that are settings of `workload:` by another name, or their own. */
const SETTINGS: Readonly<Record<string, string>> = {
  request_rate: 'workload.request_rate',
  num_prompts: 'workload.num_requests',
  max_concurrency: 'workload.max_concurrency',
  burstiness: 'workload.burstiness',
  ignore_eos: 'workload.ignore_eos',
};

/** Flags that describe the lengths of random prompts: see `random-lengths.ts`. */
const LENGTHS = [
  'random_input_len',
  'random_output_len',
  'random_range_ratio',
  'random_prefix_len',
  'input_len',
  'output_len',
];

const NO_EFFECT = new Set(
  `append_result backend base_url disable_shuffle disable_tqdm endpoint extra_body frequency_penalty header host insecure label
  logprobs metadata metric_percentiles min_p model no_oversample no_stream num_warmups percentile_metrics plot_dataset_stats
  plot_timeline port presence_penalty profile ready_check_timeout_sec repetition_penalty request_id_prefix result_dir
  result_filename save_detailed save_result seed served_model_name skip_chat_template skip_tokenizer_init temperature
  timeline_itl_thresholds tokenizer tokenizer_mode top_k top_p trust_remote_code`.split(/\s+/),
);

/** With the value that changes nothing, if there is one, and what to do instead. */
const REFUSED: Readonly<Record<string, { harmless?: unknown; why: string }>> = {
  dataset_name: {
    harmless: 'random',
    why: 'of the data sets only random is made here; give others as a trace: of the study',
  },
  dataset_path: { why: 'give the requests as a trace: of the study' },
  goodput: { why: 'write it as slo: of the study' },
  lora_modules: { why: 'LoRA adapters are not modelled' },
  probe_request_rate: { harmless: 0, why: 'probes beside the load are not modelled' },
  ramp_up_strategy: { why: 'a rate that ramps up is not modelled' },
  ramp_up_start_rps: { why: 'a rate that ramps up is not modelled' },
  ramp_up_end_rps: { why: 'a rate that ramps up is not modelled' },
  random_batch_size: { harmless: 1, why: 'embeddings are not modelled' },
  self_timed: { harmless: false, why: 'a trace: without request_rate keeps its own times' },
  use_beam_search: { harmless: false, why: 'beam search is not modelled' },
};

/** Flags of data sets that are not made here, by how they begin. */
const DATA_SETS =
  /^(custom|sonnet|sharegpt|blazedit|hf|prefix_repetition|spec_bench|speed_bench|random_mm|txt_slices|asr)_/;

/** What the record changes in the study that is `raw`. */
export function benchParamsEffect(params: readonly SweepParam[], raw: unknown): RecordEffect {
  const lengths = params.filter(({ name }) => LENGTHS.includes(name));
  const others = params.filter(({ name }) => !LENGTHS.includes(name)).map(effectOf);
  return {
    settings: [...others.flatMap((each) => each.settings), ...randomLengths(lengths, raw)],
    noEffect: others.flatMap((each) => each.noEffect),
  };
}

function effectOf({ name, value, where }: SweepParam): RecordEffect {
  const path = SETTINGS[name];
  const shown = `--${name.replaceAll('_', '-')} ${typeof value === 'object' ? JSON.stringify(value) : value}`;
  if (path !== undefined) return { settings: [{ path, value: numberOf(value), where }], noEffect: [] };
  if (NO_EFFECT.has(name)) return { settings: [], noEffect: [shown] };
  const refused = REFUSED[name] ?? (DATA_SETS.test(name) ? REFUSED.dataset_name : undefined);
  if (refused === undefined) {
    const known = [...Object.keys(SETTINGS), ...LENGTHS, ...NO_EFFECT, ...Object.keys(REFUSED)];
    const unknown = unknownName('parameter of vllm bench serve', name, known).replace(/ Expected one of .*$/, '');
    throw new InputError(`${where}: ${unknown}`);
  }
  if (refused.harmless !== undefined && refused.harmless === value) return { settings: [], noEffect: [shown] };
  throw new InputError(`${where} ${name}: read ${quoted(value)}: ${refused.why}.`);
}

/** Python writes infinity as `Infinity`; numbers may come as text. */
function numberOf(value: SweepParam['value']): unknown {
  if (typeof value !== 'string') return value;
  if (/^inf(inity)?$/i.test(value)) return 'inf';
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
