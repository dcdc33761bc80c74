/**
 * Which changes of a deployment that vLLM would not start let it start: of each setting the smallest step that is
 * enough on its own, the same with a shorter length where that is needed too, and pairs where no single one is enough.
 */
import { type MemoryOptions, type MemoryPlan, planStartUp } from './memory.ts';
import { bytesPerKvElement, bytesPerWeight, type Quantization } from './quantization.ts';
import { dividesInto } from './weights.ts';

/** New values by the names of a study file's settings. */
export type ChangedSettings = Readonly<Record<string, string | number>>;

export interface StartUpChange {
  readonly settings: ChangedSettings;
  /** The memory once it is made. */
  readonly plan: MemoryPlan;
}

interface Candidate {
  readonly settings: ChangedSettings;
  readonly apply: (options: MemoryOptions) => MemoryOptions;
}

export interface ChangeSearch {
  /** Precisions of the weights to consider. */
  readonly quantizations: readonly Quantization[];
  /** The deployment on the GPUs to consider, by their names. */
  readonly onOtherGpus: readonly MemoryOptions[];
}

/** Changes that let the server start, the gentlest first; empty if neither one change nor two are enough. */
export function changesThatStart(options: MemoryOptions, search: ChangeSearch): StartUpChange[] {
  const settings = candidatesBySetting(options, search);
  const shorter = shorterLength(options);
  const single = settings.flatMap((candidates) => firstThatStarts(options, candidates));
  // On other GPUs a shorter length is not the point.
  const shortened = settings.slice(0, 3).flatMap((candidates) =>
    firstThatStarts(
      options,
      candidates.flatMap((each) => withLongestLength(options, each)),
    ),
  );
  if (shorter.length > 0 || single.length > 0) return [...shorter, ...single, ...shortened];
  const pairs = settings.flatMap((first, i) =>
    settings.slice(i + 1).flatMap((second) =>
      firstThatStarts(
        options,
        first.flatMap((a) => second.map(both(a))),
      ),
    ),
  );
  return [...shortened, ...pairs];
}

/** The change together with the longest length that fits then; nothing where it is enough alone, or none fits. */
function withLongestLength(options: MemoryOptions, { settings, apply }: Candidate): Candidate[] {
  const changed = apply(options);
  if (!dividesInto(changed.model, changed.tensorParallelSize, changed)) return [];
  const startUp = planStartUp(changed);
  const longest = startUp.starts ? 0 : startUp.refusal.shares.maxModelLenThatFits;
  if (longest < 1) return [];
  const shorter = candidate({ max_model_len: longest }, { maxModelLen: longest });
  return [both({ settings, apply })(shorter)];
}

function both(first: Candidate): (second: Candidate) => Candidate {
  return (second) => ({
    settings: { ...first.settings, ...second.settings },
    // Another GPU brings settings of its own, so it goes first.
    apply: (options) =>
      'gpu' in second.settings ? first.apply(second.apply(options)) : second.apply(first.apply(options)),
  });
}

function firstThatStarts(options: MemoryOptions, candidates: readonly Candidate[]): StartUpChange[] {
  for (const { settings, apply } of candidates) {
    const changed = apply(options);
    if (!dividesInto(changed.model, changed.tensorParallelSize, changed)) continue;
    const startUp = planStartUp(changed);
    if (startUp.starts) return [{ settings, plan: startUp.plan }];
  }
  return [];
}

/** The longest requests that fit as it is. */
function shorterLength(options: MemoryOptions): StartUpChange[] {
  const startUp = planStartUp(options);
  if (startUp.starts) return [];
  const longest = startUp.refusal.shares.maxModelLenThatFits;
  if (longest < 1) return [];
  return firstThatStarts(options, [candidate({ max_model_len: longest }, { maxModelLen: longest })]);
}

/** For each setting its values, the smallest step first. */
function candidatesBySetting(options: MemoryOptions, search: ChangeSearch): Candidate[][] {
  const { tensorParallelSize, quantization, kvCacheDtype } = options;
  const kvCache =
    bytesPerKvElement(kvCacheDtype) > 1 ? [candidate({ kv_cache_dtype: 'fp8' }, { kvCacheDtype: 'fp8' })] : [];
  const weights = search.quantizations
    .filter((smaller) => bytesPerWeight(smaller) < bytesPerWeight(quantization))
    .sort((a, b) => bytesPerWeight(b) - bytesPerWeight(a))
    .map((smaller) => candidate({ quantization: smaller }, { quantization: smaller }));
  const ranks = [2, 4, 8]
    .filter((n) => n > tensorParallelSize && dividesInto(options.model, n, options))
    .map((n) => candidate({ tensor_parallel_size: n }, { tensorParallelSize: n }));
  const gpus = search.onOtherGpus
    .filter(({ gpu }) => gpu.vendorMemoryGb > options.gpu.vendorMemoryGb)
    .sort((a, b) => a.gpu.usableBytes - b.gpu.usableBytes)
    .map((other): Candidate => ({ settings: { gpu: other.gpu.id }, apply: () => other }));
  return [kvCache, weights, ranks, gpus];
}

function candidate(settings: ChangedSettings, change: Partial<MemoryOptions>): Candidate {
  return { settings, apply: (options) => ({ ...options, ...change }) };
}
