/** The memory of a deployment that is to be simulated: one that vLLM would not start is bad input. */
import { InputError } from '../core/input-error.ts';
import { type MemoryOptions, type MemoryPlan, planStartUp } from './memory.ts';
import { refusalText } from './memory-messages.ts';
import { type ChangedSettings, changesThatStart } from './start-up-changes.ts';

/** The server would not start: bad input for one run, an answer among the variants of a sweep. */
export class DoesNotStart extends InputError {
  /** The message without the place in the study. */
  readonly reason: string;

  constructor(where: string, reason: string) {
    super(`${where}: ${reason}`);
    this.reason = reason;
  }
}

/** Plans the memory, or says why the server would not start and which single change would help. */
export function planMemory(options: MemoryOptions): MemoryPlan {
  const startUp = planStartUp(options);
  if (startUp.starts) return startUp.plan;
  throw new DoesNotStart(options.where, `${refusalText(options, startUp.refusal)} ${remedy(options)}`);
}

function remedy(options: MemoryOptions): string {
  if (options.numGpuBlocksOverride !== null || options.kvCacheMemoryBytes !== null)
    return 'Give more, or leave the setting out.';
  const quantizations = options.quantization === 'bf16' ? (['fp8', 'int4'] as const) : [];
  const ways = changesThatStart(options, { quantizations, onOtherGpus: [] })
    .map(({ settings }) => settings)
    // The text before has the length that fits.
    .filter((settings) => Object.keys(settings).length === 1 && !('max_model_len' in settings));
  if (ways.length === 0)
    return 'No single change of tensor_parallel_size up to 8, weights or KV precision makes it fit.';
  return `It would fit with ${ways.map(changeText).join(', or with ')}.`;
}

/** `tensor_parallel_size 4`, `fp8 weights and kv_cache_dtype fp8`. */
export function changeText(settings: ChangedSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => (name === 'quantization' ? `${value} weights` : `${name} ${value}`))
    .join(' and ');
}
