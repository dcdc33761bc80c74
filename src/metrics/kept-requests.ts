/** The requests of a run that its statistics are about: all of them, or those after the warm-up. */
import type { RequestTable } from '../record/run-record.ts';
import { VALUES, type ValueName } from './class-outcomes.ts';
import { isFinished, queueTimeUs, requestLatencyUs } from './latency.ts';
import type { KeptRequests } from './metric-names.ts';
import { type OutcomesOptions, outcomesOf } from './outcomes.ts';
import { requestsFrom } from './statistics/warm-up.ts';

/** The requests from a row on. */
export function keptFrom(table: RequestTable, firstRow: number, options: OutcomesOptions): KeptRequests {
  const kept = requestsFrom(table, firstRow);
  const lastTokenUs = kept.lastTokenUs.reduce((last, us) => (us > last ? us : last), Number.NEGATIVE_INFINITY);
  return {
    outcomes: outcomesOf(kept, options),
    seconds: kept.count === 0 ? 0 : Math.max(0, (lastTokenUs - kept.arrivalUs[0]!) / 1e6),
    preemptions: kept.preemptions.reduce((sum, each) => sum + each, 0),
  };
}

/** Latencies in milliseconds, one a request that finished and has it. */
export type LatencyColumns = Readonly<Record<ValueName, Float64Array>>;

/** Those of the requests from a row on. */
export function latencyColumns(table: RequestTable, firstRow: number): LatencyColumns {
  const kept = requestsFrom(table, firstRow);
  const columns = VALUES.map((name) => {
    const values = new Float64Array(kept.count);
    let filled = 0;
    for (let row = 0; row < kept.count; row++) {
      if (!isFinished(kept, row)) continue;
      const us = name === 'queue_time' ? queueTimeUs(kept, row) : requestLatencyUs(kept, row, name);
      if (!Number.isNaN(us)) values[filled++] = us / 1000;
    }
    return [name, values.subarray(0, filled)] as const;
  });
  return Object.fromEntries(columns) as Record<ValueName, Float64Array>;
}
