/**
 * What vLLM 0.33 checks of its settings before it starts (`SchedulerConfig`, `ModelConfig` and `EngineArgs`), so that a
 * deployment that could not start is not simulated.
 */
import type { Model } from '../catalog/model.ts';
import { formatCount } from '../core/units.ts';
import type { EngineSettings } from './resolved.ts';

/** What is known of an engine before its memory is planned. */
export type CheckedSettings = Omit<EngineSettings, 'num_gpu_blocks'>;

/** A setting at fault and why, without a full stop. */
export interface SettingProblem {
  readonly setting: keyof CheckedSettings;
  readonly message: string;
}

/** Everything that is wrong with these settings; nothing if vLLM would start. */
export function checkEngine(engine: CheckedSettings, model: Model): SettingProblem[] {
  const { max_model_len, max_num_seqs, max_num_batched_tokens, max_num_active_seqs, max_num_scheduled_tokens } = engine;
  const { long_prefill_token_threshold, block_size, enable_chunked_prefill } = engine;
  const problems: SettingProblem[] = [];
  const refuseIf = (wrong: boolean, setting: keyof CheckedSettings, message: string) => {
    if (wrong) problems.push({ setting, message });
  };
  const above = (setting: keyof CheckedSettings, value: number | null, limit: keyof CheckedSettings, bound: number) =>
    refuseIf((value ?? 0) > bound, setting, `${setting} ${value} is above ${limit} ${bound}`);
  refuseIf(
    max_model_len > model.maxModelLen,
    'max_model_len',
    `read ${max_model_len}, but ${model.id} was made for at most ${formatCount(model.maxModelLen)} tokens and vLLM refuses more`,
  );
  refuseIf(
    max_num_batched_tokens < max_num_seqs,
    'max_num_batched_tokens',
    `max_num_batched_tokens ${max_num_batched_tokens} is below max_num_seqs ${max_num_seqs}; every running request needs a token of the step`,
  );
  refuseIf(
    !enable_chunked_prefill && max_num_batched_tokens < max_model_len,
    'max_num_batched_tokens',
    `max_num_batched_tokens ${max_num_batched_tokens} is below max_model_len ${max_model_len}; without chunked prefill a prompt must fit one step`,
  );
  above('max_num_active_seqs', max_num_active_seqs, 'max_num_seqs', max_num_seqs);
  above('max_num_scheduled_tokens', max_num_scheduled_tokens, 'max_num_batched_tokens', max_num_batched_tokens);
  above('long_prefill_token_threshold', long_prefill_token_threshold, 'max_model_len', max_model_len);
  refuseIf(
    block_size % 16 !== 0,
    'block_size',
    `read ${block_size}, expected a multiple of 16, as vLLM's attention kernels need`,
  );
  return problems;
}
