/** From a workload's description to its requests, whichever kind it is. */
import type { Workload } from '../config/resolved.ts';
import type { RandomStreams } from '../core/random.ts';
import type { RequestSource } from './request.ts';
import { syntheticSource } from './synthetic.ts';
import { type TraceSource, traceSource } from './trace.ts';

/** Opens a text file's lines, in batches, unpacked if need be; this room itself touches no file. */
export type ReadLines = (path: string) => AsyncIterable<readonly string[]>;

/**
 * The requests of a workload in order of arrival; those of a trace come with its statistics. They can be read again, and
 * come out the same.
 */
export function openWorkload(
  workload: Workload,
  streams: RandomStreams,
  readLines: ReadLines,
): RequestSource | TraceSource {
  switch (workload.kind) {
    case 'synthetic':
      return syntheticSource(workload, streams);
    case 'trace':
      return openTrace(workload, streams, readLines);
    default:
      return workload.kind satisfies never;
  }
}

/** The requests of a trace workload, with the statistics that are collected on the way. */
export function openTrace(workload: Workload, streams: RandomStreams, readLines: ReadLines): TraceSource {
  const trace = workload.trace;
  if (trace === null) throw new Error('a trace workload without a trace');
  const prefixes = trace.prefix_blocks;
  const openPrefixes = prefixes === null ? null : () => readLines(prefixes.path);
  return traceSource(workload, streams, () => readLines(trace.path), trace.path, openPrefixes);
}
