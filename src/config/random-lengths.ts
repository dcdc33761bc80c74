/**
 * The lengths of random prompts of `vllm bench serve` (0.33, `RandomDataset`): tokens are drawn evenly between
 * `floor(n (1 - r))` and `ceil(n (1 + r))`, inputs and outputs alike, and every prompt begins with the same prefix, which is not
 * counted in the input's length. Defaults: 1024 and 128 tokens, r = 0, no prefix.
 */
import { InputError } from '../core/input-error.ts';
import { quoted, valueAt } from './problems.ts';
import type { RecordEffect } from './serve-params.ts';
import type { SweepParam } from './sweep-records.ts';

const DEFAULT_INPUT = 1024;
const DEFAULT_OUTPUT = 128;

/** Settings that make the workload of the study that is `raw` such prompts. What is not given stays as the study has it. */
export function randomLengths(params: readonly SweepParam[], raw: unknown): RecordEffect['settings'] {
  if (params.length === 0) return [];
  const { where } = params[0]!;
  const number = (names: readonly string[], least: number, below: number, what: string) => {
    const param = params.find(({ name }) => names.includes(name));
    if (param === undefined) return undefined;
    const value = Number(param.value);
    const fits =
      typeof param.value !== 'boolean' && value >= least && value < below && (below === 1 || Number.isInteger(value));
    if (fits) return value;
    throw new InputError(`${param.where} ${param.name}: read ${quoted(param.value)}, expected ${what}.`);
  };
  const tokens = (names: readonly string[], least: number) =>
    number(names, least, Number.MAX_SAFE_INTEGER, `a whole number of ${least} or more`);
  const input = tokens(['random_input_len', 'input_len'], 0);
  const output = tokens(['random_output_len', 'output_len'], 1);
  const prefix = tokens(['random_prefix_len'], 0);
  const ratio = number(['random_range_ratio'], 0, 1, 'a number from 0 to below 1') ?? 0;
  const { hasOwnLengths, inputTokens, outputTokens } = lengthsOf(raw);
  const inputBase = input ?? inputTokens;
  const outputBase = output ?? outputTokens;
  if (inputBase === undefined || outputBase === undefined)
    throw new InputError(
      `${where}: the lengths of the study's workload are no plain numbers; expected random_input_len and random_output_len beside it.`,
    );
  const lengths = {
    input: lengthLaw(inputBase, ratio, prefix ?? 0),
    output: lengthLaw(outputBase, ratio, 0),
  };
  const shared = prefix === undefined ? [] : [prefix === 0 ? null : { share: 1, tokens: prefix }];
  if (hasOwnLengths)
    return [
      { path: 'workload.synthetic.lengths', value: lengths, where },
      ...shared.map((value) => ({ path: 'workload.synthetic.shared_prefix', value, where })),
    ];
  const value = { lengths, ...(shared[0] == null ? {} : { shared_prefix: shared[0] }) };
  return [{ path: 'workload.synthetic', value, where }];
}

function lengthLaw(tokens: number, ratio: number, prefix: number): unknown {
  const min = Math.max(1, prefix + Math.floor(tokens * (1 - ratio)));
  const max = Math.max(1, prefix + Math.ceil(tokens * (1 + ratio)));
  return min === max ? min : { uniform: { min, max } };
}

/** The numbers of tokens that the study gives, or vLLM's defaults where it has no lengths of its own. */
function lengthsOf(raw: unknown): {
  hasOwnLengths: boolean;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
} {
  const lengths = valueAt(raw, ['workload', 'synthetic', 'lengths']);
  if (lengths === undefined) return { hasOwnLengths: false, inputTokens: DEFAULT_INPUT, outputTokens: DEFAULT_OUTPUT };
  const plain = (side: string) => {
    const law = valueAt(lengths, [side]);
    const constant = typeof law === 'number' ? law : valueAt(law, ['constant']);
    return typeof constant === 'number' ? constant : undefined;
  };
  return { hasOwnLengths: true, inputTokens: plain('input'), outputTokens: plain('output') };
}
