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
  const problems: SettingProblem[] = [];
  const require = (fine: boolean, setting: keyof CheckedSettings, message: string) => {
    if (!fine) problems.push({ setting, message });
  };
  const { max_model_len, max_num_seqs, max_num_batched_tokens, max_num_active_seqs, max_num_scheduled_tokens } = engine;
  require(max_model_len <=
    model.maxModelLen, 'max_model_len', `read ${max_model_len}, but ${model.id} was made for at most ${formatCount(model.maxModelLen)} tokens and vLLM refuses more`);
  require(max_num_batched_tokens >=
    max_num_seqs, 'max_num_batched_tokens', `${max_num_batched_tokens} is below max_num_seqs ${max_num_seqs}; every running request needs a token of the step`);
  require(engine.enable_chunked_prefill ||
    max_num_batched_tokens >=
      max_model_len, 'max_num_batched_tokens', `${max_num_batched_tokens} is below max_model_len ${max_model_len}; without chunked prefill a prompt must fit one step`);
  require(max_num_active_seqs === null ||
    max_num_active_seqs <=
      max_num_seqs, 'max_num_active_seqs', `${max_num_active_seqs} is above max_num_seqs ${max_num_seqs}`);
  require(max_num_scheduled_tokens <=
    max_num_batched_tokens, 'max_num_scheduled_tokens', `${max_num_scheduled_tokens} is above max_num_batched_tokens ${max_num_batched_tokens}`);
  require(engine.long_prefill_token_threshold <=
    max_model_len, 'long_prefill_token_threshold', `${engine.long_prefill_token_threshold} is above max_model_len ${max_model_len}`);
  require(engine.block_size % 16 ===
    0, 'block_size', `read ${engine.block_size}, expected a multiple of 16, as vLLM's attention kernels need`);
  return problems;
}
