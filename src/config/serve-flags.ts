/**
 * What each flag of vLLM 0.33's `vllm serve` means here: it is a setting that is simulated, it has no effect on the
 * numbers, it changes the outcome and is refused because that is not modelled, or vLLM no longer has it. The names are
 * those that `EngineArgs.add_cli_args` and the server's `FrontendArgs` register.
 */
import { nearestName } from '../core/input-error.ts';
import type { JsonFlag } from './json-flags.ts';
import type { ServeSettingName } from './schema-deployment.ts';
import { NO_EFFECT_LISTS, NO_EFFECT_SWITCHES, NO_EFFECT_VALUES } from './serve-flags-no-effect.ts';
import { REFUSED_FLAGS, REMOVED_FLAGS } from './serve-flags-refused.ts';

/** What follows a flag: nothing, one word, words up to the next flag, or perhaps one word. */
export type Takes = 'switch' | 'value' | 'values' | 'optional';

export type FlagRule =
  /** `read` is how the words become the setting's value. */
  | { kind: 'setting'; takes: Takes; setting: ServeSettingName; read: 'text' | 'number' | 'numbers' | 'switch' }
  | { kind: 'no_effect'; takes: Takes }
  /** A value among `harmless` is what vLLM does anyway. */
  | { kind: 'refused'; takes: Takes; harmless: readonly string[]; why: string }
  /**
   * JSON, whole or by dotted keys, of which some keys are simulated: see `json-flags.ts`. With a `key` the flag gives
   * that one alone.
   */
  | { kind: 'json'; takes: 'value'; config: JsonFlag; key?: string }
  | { kind: 'removed'; instead: string };

const TEXT_SETTINGS = [
  'model',
  'dtype',
  'quantization',
  'kv_cache_dtype',
  'scheduling_policy',
  'performance_mode',
  'max_model_len',
  'kv_cache_memory_bytes',
  'max_num_batched_tokens',
  'max_num_scheduled_tokens',
  'max_num_queued_tokens',
] as const;
const NUMBER_SETTINGS = [
  'tensor_parallel_size',
  'pipeline_parallel_size',
  'data_parallel_size',
  'gpu_memory_utilization',
  'num_gpu_blocks_override',
  'block_size',
  'max_num_seqs',
  'max_num_active_seqs',
  'long_prefill_token_threshold',
  'prefix_cache_retention_interval',
  'watermark',
  'prefill_schedule_interval',
  'max_num_queued_reqs',
  'max_cudagraph_capture_size',
] as const;
const SWITCH_SETTINGS = [
  'enable_chunked_prefill',
  'long_prefill_token_threshold_adaptive',
  'enable_prefix_caching',
  'async_scheduling',
  'scheduler_reserve_full_isl',
  'enforce_eager',
  'enable_expert_parallel',
] as const;

/** Flags that give one key of `--speculative-config`. */
const SPECULATIVE_SHORTHANDS: Record<string, string> = {
  '--spec-method': 'method',
  '--spec-model': 'model',
  '--spec-tokens': 'num_speculative_tokens',
};

/** Other spellings of a flag. */
const ALIASES: Record<string, string> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
  '-dp': '--data-parallel-size',
  '-dpn': '--data-parallel-rank',
  '-dpr': '--data-parallel-start-rank',
  '-dpl': '--data-parallel-size-local',
  '-dpa': '--data-parallel-address',
  '-dpp': '--data-parallel-rpc-port',
  '-dpb': '--data-parallel-backend',
  '-dph': '--data-parallel-hybrid-lb',
  '-dpe': '--data-parallel-external-lb',
  '-dpm': '--data-parallel-multi-port-external-lb',
  '-dcp': '--decode-context-parallel-size',
  '-pcp': '--prefill-context-parallel-size',
  '-ep': '--enable-expert-parallel',
  '-n': '--nnodes',
  '-r': '--node-rank',
  '-q': '--quantization',
  '-asc': '--api-server-count',
  '-cc': '--compilation-config',
  '-ac': '--attention-config',
  '-sc': '--speculative-config',
  '-dc': '--diffusion-config',
  '--device-memory-utilization': '--gpu-memory-utilization',
};

const RULES = buildRules();

function buildRules(): Map<string, FlagRule> {
  const rules = new Map<string, FlagRule>();
  const flag = (name: string) => `--${name.replaceAll('_', '-')}`;
  for (const setting of TEXT_SETTINGS)
    rules.set(flag(setting), { kind: 'setting', takes: 'value', setting, read: 'text' });
  for (const setting of NUMBER_SETTINGS)
    rules.set(flag(setting), { kind: 'setting', takes: 'value', setting, read: 'number' });
  for (const setting of SWITCH_SETTINGS)
    rules.set(flag(setting), { kind: 'setting', takes: 'switch', setting, read: 'switch' });
  rules.set('--cudagraph-capture-sizes', {
    kind: 'setting',
    takes: 'values',
    setting: 'cudagraph_capture_sizes',
    read: 'numbers',
  });
  rules.set('--compilation-config', { kind: 'json', takes: 'value', config: 'compilation_config' });
  rules.set('--override-generation-config', { kind: 'json', takes: 'value', config: 'override_generation_config' });
  rules.set('--speculative-config', { kind: 'json', takes: 'value', config: 'speculative_config' });
  for (const [name, key] of Object.entries(SPECULATIVE_SHORTHANDS))
    rules.set(name, { kind: 'json', takes: 'value', config: 'speculative_config', key });
  for (const name of NO_EFFECT_SWITCHES) rules.set(name, { kind: 'no_effect', takes: 'switch' });
  for (const name of NO_EFFECT_VALUES) rules.set(name, { kind: 'no_effect', takes: 'value' });
  for (const name of NO_EFFECT_LISTS) rules.set(name, { kind: 'no_effect', takes: 'values' });
  rules.set('--hf-token', { kind: 'no_effect', takes: 'optional' });
  for (const { flags, takes = 'value', harmless = [], why } of REFUSED_FLAGS) {
    for (const name of flags) rules.set(name, { kind: 'refused', takes, harmless, why });
  }
  for (const [name, instead] of Object.entries(REMOVED_FLAGS)) rules.set(name, { kind: 'removed', instead });
  return rules;
}

/** Every flag that is known, in its full spelling. */
export function knownFlags(): string[] {
  return [...RULES.keys()];
}

export type FlagLookup =
  | { found: true; name: string; rule: FlagRule; negated: boolean }
  | { found: false; message: string };

/**
 * Finds a flag as vLLM's parser does: `_` for `-`, short names, `--no-x` and `--disable-x` for `--enable-x`, and any
 * beginning that fits one flag only.
 */
export function findFlag(written: string): FlagLookup {
  const name = written.startsWith('--') ? written.replaceAll('_', '-') : (ALIASES[written] ?? written);
  const exact = exactFlag(ALIASES[name] ?? name);
  if (exact !== undefined) return exact;
  if (name.startsWith('--')) {
    const longer = knownFlags().filter((flag) => flag.startsWith(name) && RULES.get(flag)!.kind !== 'removed');
    if (longer.length === 1) return exactFlag(longer[0]!)!;
    if (longer.length > 1) {
      return { found: false, message: `${written} could be any of ${longer.slice(0, 5).join(', ')}. Write it in full` };
    }
  }
  if (OWN_OPTIONS.has(name)) {
    const message = `vllm serve 0.33 has no flag "${written}". An option of servesim goes before --, not into the line`;
    return { found: false, message };
  }
  const nearest = nearestName(name, [...knownFlags(), ...Object.keys(ALIASES)]);
  const help = nearest === undefined ? 'Check its spelling' : `Did you mean "${nearest}"?`;
  return { found: false, message: `vllm serve 0.33 has no flag "${written}". ${help}` };
}

/** Options of this program that are easily put behind a pasted line. */
const OWN_OPTIONS = new Set(['json', 'gpu', 'set', 'output', 'seeds', 'dry-run']);

function exactFlag(name: string): (FlagLookup & { found: true }) | undefined {
  const rule = RULES.get(name);
  if (rule !== undefined) return { found: true, name, rule, negated: false };
  for (const positive of [
    name.replace(/^--no-/, '--'),
    name.replace(/^--disable-/, '--enable-'),
    name.replace(/^--enable-/, '--disable-'),
  ]) {
    const positiveRule = positive === name ? undefined : RULES.get(positive);
    if (positiveRule !== undefined && positiveRule.kind !== 'removed' && positiveRule.takes === 'switch') {
      return { found: true, name: positive, rule: positiveRule, negated: true };
    }
  }
  return undefined;
}

/** What to say of a key of `deployment:` that is a flag of vLLM's but no setting here. */
export function unknownSettingHint(key: string): string | undefined {
  const found = exactFlag(`--${key.replaceAll('_', '-')}`);
  if (found === undefined) return undefined;
  switch (found.rule.kind) {
    case 'refused':
      return `${key} of vLLM is not a setting here: ${found.rule.why}`;
    case 'no_effect':
      return `${key} of vLLM has no effect on the simulation. Remove it, or keep it in a serve: line`;
    case 'removed':
      return `vLLM 0.33 no longer has ${key}. ${found.rule.instead}`;
    case 'json':
      return found.rule.config === 'speculative_config'
        ? `${key} of vLLM is read in a serve: line; here write speculative_config`
        : `${key} of vLLM is read in a serve: line only`;
    case 'setting':
      return undefined;
  }
}
