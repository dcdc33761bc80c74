/** Where every request is when a run has ended, and why it could not go on if it could not. */
import type { Replica } from '../engine/replica.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import { type Conservation, FINISH_CODE } from './run-record.ts';

/** `ended`: requests by the code of how they ended. */
export function conservationOf(
  arrived: number,
  ended: ArrayLike<number>,
  replicas: readonly Replica[],
  waitingAtRouter: number,
): Conservation {
  const cores = replicas.flatMap((replica) => replica.cores);
  const sum = (of: (scheduler: Scheduler) => number) => cores.reduce((total, core) => total + of(core.scheduler), 0);
  return {
    arrived,
    finished: ended[FINISH_CODE.stop]! + ended[FINISH_CODE.length]!,
    rejected: ended[FINISH_CODE.rejected]!,
    aborted: ended[FINISH_CODE.abort]!,
    timedOut: ended[FINISH_CODE.timed_out]!,
    lost: ended[FINISH_CODE.lost]!,
    waiting: waitingAtRouter + sum((scheduler) => scheduler.waiting.length),
    running: sum((scheduler) => scheduler.running.length),
    blocksInUse: sum((scheduler) => scheduler.kv.pool.usedBlocks),
  };
}

/** As vLLM would hang; null in a sound run. */
export function stuckReason(replicas: readonly Replica[], waitingAtRouter: number): string | null {
  for (const { id, stuckCore } of replicas) {
    const head = stuckCore?.scheduler.waiting.first();
    if (head === undefined) continue;
    const blocks = stuckCore!.scheduler.kv.pool.numBlocks - 1;
    return (
      `request ${head.id} (${head.knownTokens} tokens) can never be admitted on replica ${id}: ` +
      `the KV cache has ${blocks} blocks; vLLM would wait for ever, and everyone behind it`
    );
  }
  return waitingAtRouter === 0 ? null : 'requests wait at the router, and no replica that takes them ever comes';
}
