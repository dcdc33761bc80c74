/** The options of `vllm bench sweep serve` that `servesim run` takes, by their names. */
import { InputError } from '../core/input-error.ts';
import type { SweepFileNames } from '../study/read-study.ts';
import { type GivenOption, single } from './single.ts';

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

interface Given {
  readonly 'serve-params'?: GivenOption;
  readonly 'bench-params'?: GivenOption;
  readonly 'link-vars'?: GivenOption;
  readonly 'num-runs'?: GivenOption;
}

/** The files' names; each may be given once. */
export function sweepFileNames(given: Given): SweepFileNames {
  return {
    serveParams: single('serve-params', given['serve-params']),
    benchParams: single('bench-params', given['bench-params']),
    linkVars: single('link-vars', given['link-vars']),
  };
}

/** `--num-runs 3` is `--seeds 3`. */
export function seedsText(seeds: string | null, given: Given): string | null {
  const runs = single('num-runs', given['num-runs']);
  if (runs === null) return seeds;
  if (seeds !== null) throw new InputError(`--num-runs ${runs}: expected this or --seeds ${seeds}, not both.`);
  if (!/^[1-9]\d*$/.test(runs)) throw new InputError(`--num-runs ${runs}: expected a whole number of 1 or more.`);
  return runs;
}
