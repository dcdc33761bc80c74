/** `servesim validate`: a measured run, its simulation and, where known, another simulator's prediction, compared. */
import { cdfCurve } from '../../metrics/curves.ts';
import { distributionOf } from '../../metrics/distribution.ts';
import { COMPARED_METRICS, compareRuns, latencyColumn, type RequestLatencies } from '../../metrics/error-table.ts';
import { inProgress } from '../../metrics/in-progress.ts';
import { keptRequests } from '../../record/run-record.ts';
import type { Reference, Side, SideMs, ValidatedRequest, ValidationReport } from '../../report/validation.ts';
import { type PeerRequest, parsePeerRequests } from '../../workload/measured/peer-requests.ts';
import { readText } from '../read-lines.ts';
import { runReport } from '../run-report.ts';
import { closedLoopNote } from './closed-loop.ts';
import { latenciesOfPeer, measuredLatencies } from './latencies.ts';
import {
  fileBesides,
  type OpenValidation,
  openValidation,
  type Replay,
  replay,
  type ValidationOptions,
} from './replay.ts';

export interface ValidateOptions extends ValidationOptions {
  readonly reference: Reference;
  /** Another simulator's prediction, or `none`; left out: `peer_requests.csv` beside the measured run, if it is there. */
  readonly peer?: string;
  readonly onProgress?: (timeUs: number, requestsSent: number, requests: number) => void;
}

const PEER_FILE = 'peer_requests.csv';

/** Points of a line over time. */
const LOAD_INTERVALS = 120;

/** Replays a measured run on a study's deployment. Throws InputError on bad input. */
export async function validate(
  measuredFile: string,
  studyFile: string,
  options: ValidateOptions,
): Promise<ValidationReport> {
  const open = await openValidation(measuredFile, studyFile, options);
  const measured = measuredLatencies(open.measured, options.reference, measuredFile);
  const peerFile = fileBesides(measuredFile, PEER_FILE, options.peer);
  const peer = peerFile === null ? null : parsePeerRequests(await readText(peerFile, peerFile), peerFile);
  const ofPeer = peer === null ? null : latenciesOfPeer(open.measured, peer, peerFile!);
  const { requests } = open.measured;
  const simulated = await replay(open.run, {
    ...open.inputs,
    onProgress: (timeUs, sent) => options.onProgress?.(timeUs, sent, requests.length),
  });
  return {
    name: open.studyName,
    question: open.question,
    measured: measuredSide(open),
    prefixFile: open.prefixFile,
    reference: options.reference,
    errors: compareRuns(measured, simulated),
    peer: ofPeer === null ? null : { file: peerFile!, errors: compareRuns(measured, ofPeer) },
    shortened: shortened(open, simulated),
    preemptions: simulated.preemptions,
    requests: pairedRequests(open, measured, simulated, peer),
    sides: sides(open, measured, simulated, ofPeer),
    run: runOf(open, simulated),
  };
}

function runOf(open: OpenValidation, { result }: Replay): ValidationReport['run'] {
  const report = runReport(open.studyName, result);
  const closedLoop = closedLoopNote(open);
  if (closedLoop === null) return report;
  return { ...report, notes: { ...report.notes, not_modelled: [...report.notes.not_modelled, closedLoop] } };
}

function measuredSide({ measuredFile, measured }: OpenValidation): ValidationReport['measured'] {
  const { format, requests, dropped } = measured;
  const sum = (tokens: (request: (typeof requests)[number]) => number) =>
    requests.reduce((total, request) => total + tokens(request), 0);
  return {
    file: measuredFile,
    format,
    requests: requests.length,
    dropped,
    spanS: endUs(requests.map(({ arrivalUs, e2elUs }) => arrivalUs + e2elUs)) / 1e6,
    arrivalsS: requests.at(-1)!.arrivalUs / 1e6,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
  };
}

/** Requests whose simulated output is not as long as the server's. */
function shortened({ measured }: OpenValidation, { result }: Replay): number {
  const { outputTokens } = keptRequests(result.record);
  return measured.requests.filter((request, i) => outputTokens[i] !== request.outputTokens).length;
}

function pairedRequests(
  { measured: { requests } }: OpenValidation,
  measured: RequestLatencies,
  simulated: Replay,
  peer: ReadonlyMap<string, PeerRequest> | null,
): ValidatedRequest[] {
  const { preemptions } = keptRequests(simulated.result.record);
  return requests.map(({ id, arrivalUs, promptTokens, outputTokens }, i) => {
    const prediction = peer?.get(id);
    return {
      id,
      arrivalS: arrivalUs / 1e6,
      promptTokens,
      outputTokens,
      measured: sideOf(measured, i)!,
      simulated: sideOf(simulated, i),
      peer: prediction === undefined ? null : sideMs(prediction.ttftUs, prediction.tpotUs, prediction.e2elUs),
      preemptions: preemptions[i]!,
    };
  });
}

function sideOf({ ttftUs, tpotUs, e2elUs }: RequestLatencies, i: number): SideMs | null {
  return Number.isNaN(e2elUs[i]!) ? null : sideMs(ttftUs[i]!, tpotUs[i]!, e2elUs[i]!);
}

function sideMs(ttftUs: number, tpotUs: number, e2elUs: number): SideMs {
  return { ttft: ttftUs / 1e3, tpot: Number.isNaN(tpotUs) ? null : tpotUs / 1e3, e2el: e2elUs / 1e3 };
}

/** Curves of every side; those of a peer are in its file without arrivals, so its load is not drawn. */
function sides(
  { measured: { requests } }: OpenValidation,
  measured: RequestLatencies,
  simulated: Replay,
  ofPeer: RequestLatencies | null,
): Side[] {
  const { arrivalUs, firstTokenUs, lastTokenUs } = keptRequests(simulated.result.record);
  const column = (value: (request: (typeof requests)[number]) => number) => Float64Array.from(requests, value);
  const of = {
    sent: column((request) => request.arrivalUs),
    first: column((request) => request.arrivalUs + request.ttftUs),
    last: column((request) => request.arrivalUs + request.e2elUs),
  };
  const untilUs = Math.max(1, endUs(of.last), endUs(lastTokenUs));
  const load = (sent: Float64Array, first: Float64Array, last: Float64Array) => ({
    inFlight: inProgress(sent, last, untilUs, LOAD_INTERVALS),
    writing: inProgress(first, last, untilUs, LOAD_INTERVALS),
  });
  return [
    { name: 'measured', cdf: cdfs(measured), load: load(of.sent, of.first, of.last) },
    { name: 'simulated', cdf: cdfs(simulated), load: load(arrivalUs, firstTokenUs, lastTokenUs) },
    ...(ofPeer === null ? [] : [{ name: 'peer', cdf: cdfs(ofPeer), load: null }]),
  ];
}

function cdfs(latencies: RequestLatencies): Side['cdf'] {
  const curves = COMPARED_METRICS.map((metric) => [metric, cdfCurve(distributionOf(latencyColumn(latencies, metric)))]);
  return Object.fromEntries(curves) as Side['cdf'];
}

/** The latest of some times; those that did not happen are passed over. */
function endUs(timesUs: Iterable<number>): number {
  let end = 0;
  for (const timeUs of timesUs) if (timeUs > end) end = timeUs;
  return end;
}
