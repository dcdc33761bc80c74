/**
 * The JSON flags of `vllm serve` of which some keys change the outcome: `--compilation-config` (vLLM's
 * `CompilationConfig`), whose CUDA-graph sizes are simulated, `--override-generation-config`, which can cap every
 * answer, and `--speculative-config`, which is a setting as a whole.
 */
import { InputError } from '../core/input-error.ts';

export const JSON_FLAGS = ['compilation_config', 'override_generation_config', 'speculative_config'] as const;
export type JsonFlag = (typeof JSON_FLAGS)[number];

/** Keys of `CompilationConfig` that decide where files go, what is logged, or nothing at all here. */
const HARMLESS_COMPILATION_KEYS = new Set([
  'cache_dir',
  'debug_dump_path',
  'compile_cache_save_format',
  'cudagraph_num_of_warmups',
  'compile_mm_encoder',
]);

/** Values that vLLM's default optimization level uses anyway. */
const DEFAULT_COMPILATION: Readonly<Record<string, readonly unknown[]>> = {
  mode: [3, 'VLLM_COMPILE', null],
  cudagraph_mode: ['FULL_AND_PIECEWISE', null],
  backend: ['', 'inductor'],
};

/** What the keys of one JSON flag come to. */
export interface JsonFlagEffect {
  readonly settings: Record<string, unknown>;
  readonly noEffect: string[];
}

/** Reads the merged keys of a flag, or throws for the first that changes what is not modelled. */
export function readJsonFlag(flag: JsonFlag, config: Readonly<Record<string, unknown>>): JsonFlagEffect {
  const effect: JsonFlagEffect = { settings: {}, noEffect: [] };
  if (flag === 'speculative_config') {
    if (Object.keys(config).length > 0) effect.settings.speculative_config = config;
    return effect;
  }
  for (const [key, value] of Object.entries(config)) {
    if (flag === 'compilation_config') readCompilationKey(key, value, effect);
    else readGenerationKey(key, value, effect);
  }
  return effect;
}

function readCompilationKey(key: string, value: unknown, effect: JsonFlagEffect): void {
  const shown = `--compilation-config.${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  if (key === 'cudagraph_capture_sizes' || key === 'max_cudagraph_capture_size') {
    effect.settings[key] = value;
  } else if (key === 'cudagraph_mode' && value === 'NONE') {
    throw new InputError(
      `${shown}: compiled kernels without CUDA graphs are not modelled; use --enforce-eager for neither`,
    );
  } else if (HARMLESS_COMPILATION_KEYS.has(key) || DEFAULT_COMPILATION[key]?.includes(value)) {
    effect.noEffect.push(shown);
  } else {
    throw new InputError(
      `${shown}: only vLLM's default compilation was measured; of this flag cudagraph_capture_sizes and max_cudagraph_capture_size are read`,
    );
  }
}

function readGenerationKey(key: string, value: unknown, effect: JsonFlagEffect): void {
  const shown = `--override-generation-config.${key} ${JSON.stringify(value)}`;
  if (key === 'max_new_tokens') throw new InputError(`${shown}: write it as max_tokens: under workload:`);
  effect.noEffect.push(shown);
}

/** A JSON object given as the value of a flag, with vLLM's number suffixes left as text. */
export function parseJsonObject(flag: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(`${flag}: read ${text.slice(0, 60)}, expected JSON such as '{"key": 1}'; quote it with '…'`);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new InputError(`${flag}: read ${text.slice(0, 60)}, expected a JSON object`);
  return value as Record<string, unknown>;
}

/** The value of a dotted key, which is JSON or plain text. `--flag.key+ a,b` appends: the value is a list. */
export function parseJsonValue(text: string, isList: boolean): unknown {
  if (isList) return text.split(',').map((item) => parseJsonValue(item, false));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
