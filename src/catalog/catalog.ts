/**
 * The models and GPUs that are known, found by name. The catalog touches no file: whoever opens the data files hands
 * their parsed content in.
 */

import { didYouMean, InputError } from '../core/input-error.ts';
import { remembered } from '../core/remembered.ts';
import { type Gpu, parseGpus } from './gpu.ts';
import { type KernelCoefficients, parseKernels } from './kernels.ts';
import { type Model, parseModel } from './model.ts';
import { QUANTIZATIONS } from './quantization.ts';
import { kernelsFor } from './scaled-kernels.ts';

/** The content of the catalog's data files. */
export interface CatalogParts {
  /** Parsed `models/*.json`, each with the name of its file for messages. */
  readonly models: readonly { readonly file: string; readonly json: unknown }[];
  /** Parsed `gpus.json`. */
  readonly gpus: unknown;
  /** Parsed `coefficients/<gpuId>.json`, asked for only when needed; undefined where there is no such file. */
  readonly kernels: (gpuId: string) => unknown;
}

export interface Catalog {
  /** Short names of all models, sorted. */
  modelNames(): string[];
  /**
   * By short name, Hugging Face repository or alias; case does not matter. The name of a quantised checkpoint gives the
   * model with that `quantization` and `hf`.
   */
  model(name: string): Model | undefined;
  /** Short names of all GPUs, in the order of the file. */
  gpuNames(): string[];
  /** By short name or alias; case does not matter. */
  gpu(name: string): Gpu | undefined;
  /** Kernel times of a GPU, measured or scaled from a sibling's; undefined where there are neither. */
  kernels(gpuId: string): KernelCoefficients | undefined;
}

/** Builds a catalog, reading all models and GPUs at once and kernels when they are asked for. */
export function createCatalog(parts: CatalogParts): Catalog {
  const models = parts.models.map(({ file, json }) => parseModel(json, file));
  const gpus = parseGpus(parts.gpus, 'gpus.json');
  const modelByName = index([...models, ...models.flatMap(quantizedVariants)], (model) =>
    models.includes(model) ? [model.id, model.hf, ...model.aliases] : [model.hf],
  );
  const gpuByName = index(gpus, (gpu) => [gpu.id, ...gpu.aliases]);
  const measured = remembered((gpuId) => {
    const json = parts.kernels(gpuId);
    return json === undefined ? undefined : parseKernels(json, `coefficients/${gpuId}.json`);
  });
  const kernels = remembered((gpuId) => {
    const gpu = gpus.find(({ id }) => id === gpuId);
    return gpu === undefined ? measured(gpuId) : kernelsFor(gpu, measured);
  });
  return {
    modelNames: () => models.map((model) => model.id).sort(),
    model: (name) => modelByName.get(name.toLowerCase()),
    gpuNames: () => gpus.map((gpu) => gpu.id),
    gpu: (name) => gpuByName.get(name.toLowerCase()),
    kernels,
  };
}

/** The model of that name, or an error that names the nearest. */
export function modelNamed(catalog: Catalog, name: string, where: string): Model {
  const model = catalog.model(name);
  if (model !== undefined) return model;
  const names = catalog.modelNames();
  const hf = names.map((id) => catalog.model(id)!.hf);
  throw new InputError(
    `${where}: no model "${name}" in the catalog.${didYouMean(name, [...names, ...hf])} ` +
      `Known: ${names.join(', ')}. For another one give the path of its config.json.`,
  );
}

/** The GPU of that name, or an error that names the nearest. */
export function gpuNamed(catalog: Catalog, name: string, where: string): Gpu {
  const gpu = catalog.gpu(name);
  if (gpu !== undefined) return gpu;
  const names = catalog.gpuNames();
  throw new InputError(
    `${where}: no GPU "${name}" in the catalog.${didYouMean(name, names)} Known: ${names.join(', ')}.`,
  );
}

/** The kernel times of a GPU, or an error that names the GPUs that have been measured. */
export function kernelsOf(catalog: Catalog, gpu: Gpu, where: string): KernelCoefficients {
  const kernels = catalog.kernels(gpu.id);
  if (kernels !== undefined) return kernels;
  const measured = catalog.gpuNames().filter((id) => catalog.kernels(id) !== undefined);
  const known = catalog.gpu(gpu.id) !== undefined ? 'is in the catalog, but' : 'is not in the catalog, and';
  throw new InputError(
    `${where}: ${gpu.id} ${known} nobody published kernel times for it. Fit step times to a run of your own with ` +
      `servesim calibrate, and name the file in latency.calibration. Measured: ${measured.join(', ')}.`,
  );
}

/** The same model once for each published checkpoint in another precision. */
function quantizedVariants(model: Model): Model[] {
  return QUANTIZATIONS.flatMap((quantization) =>
    (model.quantizedAliases[quantization] ?? []).map((hf) => ({
      ...model,
      hf,
      aliases: [],
      quantizedAliases: {},
      quantization,
      safetensorsBytes: null,
    })),
  );
}

function index<T>(items: readonly T[], names: (item: T) => string[]): Map<string, T> {
  const byName = new Map<string, T>();
  for (const item of items) {
    for (const name of names(item)) {
      const key = name.toLowerCase();
      if (byName.has(key)) throw new InputError(`the catalog has the name "${name}" twice`);
      byName.set(key, item);
    }
  }
  return byName;
}
