/** Models given as the path of a `config.json`, and calibrations: files to be read before a study can be resolved. */
import type { LoadedStudy } from './load.ts';
import { type WrittenPool, writtenPools } from './pools.ts';
import type { SpeculativeConfigInput } from './schema-speculation.ts';
import { servedDeployment } from './served-deployment.ts';
import { expandSweep } from './sweep.ts';

/**
 * The `config.json` that a model's name stands for, or null for a name of the catalog. A path starts with `.`, `/` or
 * `~`, or ends in `.json`; that of a folder means the `config.json` in it.
 */
export function configFileOf(model: string): string | null {
  if (model.endsWith('.json')) return model;
  return /^(\.{1,2}\/|\/|~\/|\.{1,2}$)/.test(model) ? `${model.replace(/\/+$/, '')}/config.json` : null;
}

/** The files to read, as written (relative paths are relative to the study file), each once. */
export function modelFilesNeeded(loaded: LoadedStudy): string[] {
  const names = pools(loaded).flatMap(({ source, input }) => {
    const { model, speculative_config: speculation } = servedDeployment(source, input);
    return [model ?? '', isDraftModel(speculation) ? speculation.model : ''];
  });
  return [...new Set(names.map(configFileOf).filter((file) => file !== null))];
}

/** The calibration files to read, as written, each once. */
export function calibrationFilesNeeded(loaded: LoadedStudy): string[] {
  const files = pools(loaded).map(({ input }) => input.latency?.calibration);
  return [...new Set(files.filter((file) => file != null))];
}

function pools(loaded: LoadedStudy): WrittenPool[] {
  return expandSweep(loaded).flatMap(({ source, study }) => writtenPools(source, study));
}

/** Whether `model` of a speculative configuration is a model of its own, whose geometry matters. */
function isDraftModel(
  config: SpeculativeConfigInput | null | undefined,
): config is SpeculativeConfigInput & { model: string } {
  return config?.model != null && (config.method == null || config.method === 'draft_model');
}
