/**
 * A run with `vllm bench serve --max-concurrency` is a closed loop: a request was sent because another had finished. It is
 * replayed at the times at which its requests were sent all the same, so that both sides have the same load and an error
 * is one of latency; with a bound of its own the replay also waits for its own requests.
 */
import { basename } from 'node:path';
import type { OpenValidation } from './replay.ts';

/** What a reader must know of how the load was replayed; null: it was no closed loop, or the bound is kept. */
export function closedLoopNote({ measured, measuredFile, run }: OpenValidation): string | null {
  const { maxConcurrency } = measured;
  if (maxConcurrency === null || run.workload.max_concurrency !== null) return null;
  return (
    `${basename(measuredFile)} was measured in a closed loop (max_concurrency ${maxConcurrency}) and is replayed at the times at ` +
    'which its requests were sent, which depend on how fast the server was; with --set ' +
    `workload.max_concurrency=${maxConcurrency} no more are in flight in the replay, either`
  );
}
