/** The options of `vllm bench sweep serve` that `servesim run` takes, by their names. */
import { InputError } from '../core/input-error.ts';
import type { SweepFileNames } from '../study/read-study.ts';

export const SWEEP_FILE_OPTIONS = {
  'serve-params': {
    type: 'string',
    requiresArg: true,
    describe: 'Variants from vLLM’s sweep file with parameters of vllm serve (JSON)',
  },
  'bench-params': {
    type: 'string',
    requiresArg: true,
    describe: 'Variants from vLLM’s sweep file with parameters of vllm bench serve (JSON)',
  },
  'link-vars': {
    type: 'string',
    requiresArg: true,
    describe: 'Records of the two go together where these agree: max_num_seqs=max_concurrency',
  },
  'num-runs': { type: 'string', requiresArg: true, describe: 'As --seeds with a number' },
} as const;

/** What yargs read; an option that was given twice comes as a list. */
interface Given {
  readonly 'serve-params'?: string | string[] | undefined;
  readonly 'bench-params'?: string | string[] | undefined;
  readonly 'link-vars'?: string | string[] | undefined;
  readonly 'num-runs'?: string | string[] | undefined;
}

/** The files' names; each may be given once. */
export function sweepFileNames(given: Given): SweepFileNames {
  return {
    serveParams: once('serve-params', given),
    benchParams: once('bench-params', given),
    linkVars: once('link-vars', given),
  };
}

/** `--num-runs 3` is `--seeds 3`. */
export function seedsText(seeds: string | null, given: Given): string | null {
  const runs = once('num-runs', given);
  if (runs === null) return seeds;
  if (seeds !== null) throw new InputError(`--num-runs ${runs}: expected this or --seeds ${seeds}, not both.`);
  if (!/^[1-9]\d*$/.test(runs)) throw new InputError(`--num-runs ${runs}: expected a whole number of 1 or more.`);
  return runs;
}

function once(name: keyof Given, given: Given): string | null {
  const value = given[name];
  if (!Array.isArray(value)) return value ?? null;
  throw new InputError(`--${name} is given ${value.length} times (${value.join(', ')}); expected once.`);
}
