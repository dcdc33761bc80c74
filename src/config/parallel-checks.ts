/**
 * What vLLM 0.33 checks of the way a model is spread over GPUs (`ModelConfig.verify_with_parallel_config`), and the
 * combinations that it allows and that are not modelled.
 */
import type { Model } from '../catalog/model.ts';
import { checkTensorParallelSize } from '../catalog/weights.ts';
import { InputError } from '../core/input-error.ts';
import type { DefaultedDeployment } from './resolve-engine.ts';
import type { ServeSettingName } from './schema-deployment.ts';

/** Refuses parallel sizes that do not fit the model or each other. `where` locates a setting in messages. */
export function checkParallelism(
  settings: DefaultedDeployment,
  model: Model,
  where: (setting: ServeSettingName) => string,
): void {
  const { pipeline_parallel_size: stages, data_parallel_size: ranks, enable_expert_parallel } = settings;
  const problems: [ServeSettingName, string][] = [];
  if (enable_expert_parallel && model.moe === null) {
    problems.push([
      'enable_expert_parallel',
      `${model.id} has no experts, and vLLM refuses the setting then; leave it out`,
    ]);
  }
  if (stages > model.layers) {
    problems.push(['pipeline_parallel_size', `read ${stages}, but ${model.id} has ${model.layers} layers to deal out`]);
  }
  if (stages > 1 && settings.speculative_config != null) {
    problems.push([
      'pipeline_parallel_size',
      'speculative decoding in a pipeline is not modelled; leave out one of them',
    ]);
  }
  if (stages > 1 && ranks > 1 && model.moe !== null) {
    problems.push([
      'data_parallel_size',
      `the data-parallel engines of ${model.id} wait for each other in every layer with experts; in a pipeline that is not modelled`,
    ]);
  }
  if (problems.length > 0) {
    throw new InputError(problems.map(([setting, message]) => `${where(setting)}: ${message}.`).join('\n'));
  }
  checkTensorParallelSize(model, settings.tensor_parallel_size, where('tensor_parallel_size'), {
    dataParallelSize: ranks,
    expertParallel: enable_expert_parallel,
  });
}
