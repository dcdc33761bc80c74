/** The latencies of a measured run, and those that another simulator predicted for it, request by request. */
import { InputError } from '../../core/input-error.ts';
import type { RequestLatencies } from '../../metrics/error-table.ts';
import type { Reference } from '../../report/validation.ts';
import type { MeasuredRequest, MeasuredRun } from '../../workload/measured/measured-run.ts';
import type { PeerRequest } from '../../workload/measured/peer-requests.ts';

/**
 * In order of arrival. The clock of a request starts when the client sent it, or, with the reference `queued`, when the
 * engine took it into its queue; `name` stands for the file in messages.
 */
export function measuredLatencies({ requests }: MeasuredRun, reference: Reference, name: string): RequestLatencies {
  const waited = requests.map((request) => waitedUs(request, reference, name));
  return {
    ttftUs: Float64Array.from(requests, ({ ttftUs }, i) => ttftUs - waited[i]!),
    tpotUs: Float64Array.from(requests, ({ ttftUs, e2elUs, outputTokens }) =>
      outputTokens > 1 ? (e2elUs - ttftUs) / (outputTokens - 1) : Number.NaN,
    ),
    e2elUs: Float64Array.from(requests, ({ e2elUs }, i) => e2elUs - waited[i]!),
  };
}

/** From being sent to where the clock starts. */
function waitedUs({ arrivalUs, queuedUs }: MeasuredRequest, reference: Reference, name: string): number {
  if (reference === 'arrival') return 0;
  if (queuedUs !== null) return queuedUs - arrivalUs;
  throw new InputError(
    `${name}: does not say when requests entered the engine's queue (a column queued_s of a CSV file does); ` +
      'leave --reference queued out.',
  );
}

/** Predictions in the order of the measured requests; NaN for those that the peer does not have. */
export function latenciesOfPeer(
  { requests }: MeasuredRun,
  peer: ReadonlyMap<string, PeerRequest>,
  name: string,
): RequestLatencies {
  const predictions = requests.map(({ id }) => peer.get(id));
  if (predictions.every((prediction) => prediction === undefined)) {
    throw new InputError(`${name}: none of its ids is that of a measured request; is it a prediction of this run?`);
  }
  const column = (value: (prediction: PeerRequest) => number) =>
    Float64Array.from(predictions, (prediction) => (prediction === undefined ? Number.NaN : value(prediction)));
  return {
    ttftUs: column(({ ttftUs }) => ttftUs),
    tpotUs: column(({ tpotUs }) => tpotUs),
    e2elUs: column(({ e2elUs }) => e2elUs),
  };
}
