/**
 * Who is told of each request as it is sent and as it ends, whether or not its row is kept: what people compare is added
 * up on the way, so a run whose rows are not kept needs memory for the requests in flight only.
 */
import type { RequestRows } from './run-record.ts';

export interface RequestSink {
  /** The request in this row was sent. The row is the sink's to read during the call, not after. */
  arrived(requests: RequestRows, row: number): void;
  /** It has ended: its row says when and how. */
  ended(requests: RequestRows, row: number): void;
}
