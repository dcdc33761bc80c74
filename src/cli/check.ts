/** `servesim check`: would vLLM start? Exit code 0: every deployment does; 1: one does not. */
import { InputError } from '../core/input-error.ts';
import { checkServeLine, checkStudyFile } from '../study/check.ts';
import { checkJson } from './check-json.ts';
import { checkText } from './check-text.ts';

export interface CheckArguments {
  readonly study: string | null;
  readonly gpu: string | null;
  /** The words after `--`. */
  readonly serve: readonly string[];
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Returns the exit code. */
export function checkCommand(given: CheckArguments): number {
  const checks = checked(given);
  process.stdout.write(given.json ? `${JSON.stringify(checkJson(checks), null, 2)}\n` : checkText(checks));
  return checks.every(({ startUp }) => startUp.starts) ? 0 : 1;
}

function checked({ study, gpu, serve, set }: CheckArguments) {
  if (study !== null) {
    if (serve.length > 0) throw new InputError('check: give a study file or a serve line after --, not both.');
    return checkStudyFile(study, gpu === null ? set : [...set, `deployment.gpu=${gpu}`]);
  }
  if (serve.length === 0) {
    throw new InputError(
      'check: expected a study file, or --gpu and a serve line: servesim check --gpu h100-sxm -- vllm serve MODEL …',
    );
  }
  if (gpu === null) throw new InputError('check: --gpu is missing; a serve line does not say on which GPU it runs.');
  return checkServeLine(gpu, serve, set);
}
