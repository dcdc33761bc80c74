/** What ends an output: the two settings of a workload that `vllm bench serve` sends along with every request. */
import type { Workload } from '../config/resolved.ts';
import type { Request } from './request.ts';

/**
 * With `ignore_eos` the server can only stop at `max_tokens`, so that is the output's length, or the workload's own
 * `max_tokens` where that is smaller. Otherwise an end token ends the output, unless `max_tokens` comes first.
 */
export function outputRules(workload: Workload, outputTokens: number): Pick<Request, 'maxTokens' | 'ignoreEos'> {
  if (!workload.ignore_eos) return { maxTokens: workload.max_tokens, ignoreEos: false };
  return { maxTokens: Math.min(outputTokens, workload.max_tokens ?? outputTokens), ignoreEos: true };
}
