/** Watches a run and writes down what happened, in columns. */

import type { LostWork } from '../cluster/fleet-observer.ts';
import type { ArrivingRequest, ClusterObserver } from '../cluster/observer.ts';
import type { DecodeSteps } from '../engine/observer.ts';
import type { Replica } from '../engine/replica.ts';
import type { EngineRequest } from '../engine/request-state.ts';
import { ActiveSeconds } from './active-seconds.ts';
import { conservationOf, stuckReason } from './conservation.ts';
import { DraftRecorder } from './draft-recorder.ts';
import { HistogramRecorder } from './histogram-recorder.ts';
import { RequestColumns } from './request-columns.ts';
import type { RequestSink } from './request-sink.ts';
import type { FinishReason, RunRecord, RunSpan } from './run-record.ts';
import { FINISH_CODE, FINISH_REASONS } from './run-record.ts';
import { SecondCounter } from './second-counter.ts';
import { TimelineRecorder } from './timeline-recorder.ts';

export interface RecorderOptions {
  /** False: the record has no request table, and memory does not grow with the number of requests. */
  readonly keepRequests?: boolean;
  /** Told of each request. */
  readonly sink?: RequestSink | null;
  /** KV blocks of each core; left out, all have as many. */
  readonly coreBlocks?: readonly number[];
}

/** What is known at the end of a run beside the servers that run then. */
export interface RunEnd {
  /** Servers that were wanted at the beginning; default: as many. */
  readonly wanted?: number;
  /** Requests that no server will ever take; default 0. */
  readonly waitingAtRouter?: number;
  /** Steps that decode stretches ran in servers that are gone; default 0. */
  readonly stepsRunAhead?: number;
}

export class Recorder implements ClusterObserver {
  private readonly requests: RequestColumns;
  private readonly sink: RequestSink | null;
  private readonly interToken = new HistogramRecorder();
  private readonly timeline: TimelineRecorder;
  private readonly drafts: DraftRecorder | null;
  /** Output tokens that a request had when it went on from there on another replica, by its id. */
  private readonly resumed = new Map<number, number>();
  private inFlight = 0;
  private peakConcurrency = 0;
  /** A float from the start (`START_US`). */
  private busyUs = Number.NaN;
  /** When the last step of each core ended; in a pipeline the next one may have begun before. */
  private readonly busyUntilUs: Float64Array;
  private steps = 0;
  private scheduledTokens = 0;
  private preemptions = 0;
  private prefixQueryTokens = 0;
  private prefixHitTokens = 0;
  /** Whole seconds are counted from the arrival of the first request that was accepted. */
  private firstSecondUs = Number.NaN;
  private readonly seconds = new SecondCounter();
  private readonly activeSeconds = new ActiveSeconds();
  private readonly ended = new Float64Array(FINISH_REASONS.length);
  private preemptedRequests = 0;
  private shortestPromptTokens = Number.POSITIVE_INFINITY;
  private firstArrivalUs = Number.NaN;
  private lastArrivalUs = Number.NaN;
  private lastTokenUs = Number.NEGATIVE_INFINITY;
  private finishedByLastArrival = 0;

  /** `cores`: engine cores in all replicas. `maxDrafts`: drafts a step at most; 0: without speculative decoding. */
  constructor(cores: number, maxDrafts = 0, options: RecorderOptions = {}) {
    const { keepRequests = true, sink = null, coreBlocks } = options;
    this.busyUs = 0;
    this.requests = new RequestColumns(keepRequests);
    this.sink = sink;
    this.busyUntilUs = new Float64Array(cores);
    this.drafts = maxDrafts === 0 ? null : new DraftRecorder(maxDrafts);
    this.timeline = new TimelineRecorder(cores, coreBlocks);
  }

  arrived(request: ArrivingRequest, timeUs: number): void {
    const row = this.requests.add(request, timeUs);
    if (Number.isNaN(this.firstArrivalUs)) this.firstArrivalUs = timeUs;
    this.lastArrivalUs = timeUs;
    this.finishedByLastArrival = this.finishedRequests;
    if (request.promptTokens < this.shortestPromptTokens) this.shortestPromptTokens = request.promptTokens;
    this.inFlight++;
    if (this.inFlight > this.peakConcurrency) this.peakConcurrency = this.inFlight;
    this.activeSeconds.arrived(request.id, timeUs);
    this.sink?.arrived(this.requests.columns, row);
  }

  sent(requestId: number, _timeUs: number, replica: number): void {
    this.requests.columns.replica[this.requests.rowOf(requestId)] = replica;
  }

  serving(firstCore: number, cores: number, timeUs: number, isServing: boolean): void {
    for (let core = firstCore; core < firstCore + cores; core++) this.timeline.serving(core, timeUs, isServing);
  }

  rejected(requestId: number): void {
    this.end(requestId, 'rejected');
  }

  /** The client's time limit for the request was up. */
  timedOut(requestId: number): void {
    this.end(requestId, 'timed_out');
  }

  /** The request is lost for good. */
  gaveUp(requestId: number): void {
    this.end(requestId, 'lost');
  }

  /**
   * The request's replica was lost, its engine request aborted before this call; `outputTokens` of its output must be
   * written again. The times of a first token and a first answer token are those of the output that stays.
   */
  requestHit(requestId: number, _timeUs: number, _replica: number, work: Pick<LostWork, 'outputTokens'>): void {
    const row = this.requests.rowOf(requestId);
    const { columns } = this.requests;
    const kept = columns.outputTokens[row]! - work.outputTokens;
    columns.outputTokens[row] = kept;
    if (kept === 0) columns.firstTokenUs[row] = Number.NaN;
    if (kept === 0) columns.lastTokenUs[row] = Number.NaN;
    if (kept <= columns.thinkingTokens[row]!) columns.firstAnswerTokenUs[row] = Number.NaN;
    if (kept > 0) this.resumed.set(requestId, kept);
    else this.resumed.delete(requestId);
  }

  queued(request: EngineRequest, timeUs: number): void {
    const { columns } = this.requests;
    const row = this.requests.rowOf(request.index);
    const arrivalUs = columns.arrivalUs[row]!;
    if (Number.isNaN(this.firstSecondUs)) this.firstSecondUs = arrivalUs;
    if (!Number.isNaN(columns.queuedUs[row]!)) return;
    columns.queuedUs[row] = timeUs;
    this.timeline.count(this.timeline.sums.accepted, arrivalUs, 1);
  }

  admitted(request: EngineRequest, timeUs: number, hitTokens: number): void {
    const { columns } = this.requests;
    const row = this.requests.rowOf(request.index);
    if (!Number.isNaN(columns.scheduledUs[row]!)) return;
    columns.scheduledUs[row] = timeUs;
    columns.cachedTokens[row] = hitTokens;
    this.prefixQueryTokens += request.promptTokens;
    this.prefixHitTokens += hitTokens;
  }

  preempted(request: EngineRequest, timeUs: number): void {
    const { preemptions } = this.requests.columns;
    const row = this.requests.rowOf(request.index);
    if (preemptions[row] === 0) this.preemptedRequests++;
    preemptions[row]!++;
    this.preemptions++;
    this.timeline.count(this.timeline.sums.preemptions, timeUs, 1);
  }

  verified(_request: EngineRequest, _timeUs: number, drafts: number, accepted: number): void {
    this.drafts?.add(drafts, accepted);
  }

  output(request: EngineRequest, timeUs: number, tokens: number): void {
    const { columns } = this.requests;
    const row = this.requests.rowOf(request.index);
    const before = columns.outputTokens[row]!;
    columns.outputTokens[row] = before + tokens;
    if (before === 0) columns.firstTokenUs[row] = timeUs;
    else this.interToken.add(timeUs - columns.lastTokenUs[row]!, 1);
    const thinkingTokens = columns.thinkingTokens[row]!;
    if (before <= thinkingTokens && before + tokens > thinkingTokens) columns.firstAnswerTokenUs[row] = timeUs;
    columns.lastTokenUs[row] = timeUs;
    if (timeUs > this.lastTokenUs) this.lastTokenUs = timeUs;
    this.timeline.count(this.timeline.sums.outputTokens, timeUs, tokens);
    this.seconds.add(timeUs - this.firstSecondUs, tokens);
  }

  outputs(requests: number, timeUs: number, gapUs: number): void {
    this.interToken.add(gapUs, requests);
    this.timeline.count(this.timeline.sums.outputTokens, timeUs, requests);
    this.seconds.add(timeUs - this.firstSecondUs, requests);
  }

  decoded({ index, outputTokens }: EngineRequest, timeUs: number): void {
    const { columns } = this.requests;
    const row = this.requests.rowOf(index);
    columns.outputTokens[row] = outputTokens + (this.resumed.size === 0 ? 0 : (this.resumed.get(index) ?? 0));
    columns.lastTokenUs[row] = timeUs;
    if (timeUs > this.lastTokenUs) this.lastTokenUs = timeUs;
  }

  decodeSteps(steps: DecodeSteps): void {
    const { core, requests, timesUs, made, count, ahead } = steps;
    const first = made + 1;
    this.interToken.addGaps(timesUs, first, first + count, requests);
    this.seconds.addEach(timesUs, first, first + count, this.firstSecondUs, requests);
    const endUs = timesUs[first + count + ahead]!;
    this.busyUs += endUs - Math.max(timesUs[first + ahead]!, this.busyUntilUs[core]!);
    this.busyUntilUs[core] = endUs;
    this.steps += count;
    this.scheduledTokens += count * requests;
    this.timeline.decodeSteps(steps);
  }

  finished(request: EngineRequest, timeUs: number, reason: 'stop' | 'length'): void {
    this.timeline.count(this.timeline.sums.finished, timeUs, 1);
    this.end(request.index, reason);
  }

  executed(core: number, startUs: number, endUs: number, prefillTokens: number, scheduledTokens: number): void {
    this.busyUs += endUs - Math.max(startUs, this.busyUntilUs[core]!);
    this.busyUntilUs[core] = endUs;
    this.steps++;
    this.scheduledTokens += scheduledTokens;
    this.timeline.count(this.timeline.sums.steps, endUs, 1);
    if (prefillTokens > 0) this.timeline.spread(this.timeline.sums.promptTokens, startUs, endUs, prefillTokens);
  }

  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void {
    this.timeline.state(core, timeUs, running, waiting, usedBlocks, blocks);
  }

  /** Everything that happened, once the run has ended at `endUs`. */
  record(endUs: number, replicas: readonly Replica[], end: RunEnd = {}): RunRecord {
    const { wanted = replicas.length, waitingAtRouter = 0, stepsRunAhead = 0 } = end;
    const cores = replicas.flatMap((replica) => replica.cores);
    const coreUs = this.timeline.coreUs(endUs);
    return {
      requests: this.requests.table(),
      timeline: this.timeline.timeline(endUs),
      interTokenUs: this.interToken.histogram(),
      totals: {
        endUs,
        busyUs: this.busyUs,
        replicas: wanted,
        cores: this.busyUntilUs.length,
        coreUs,
        steps: this.steps,
        stepsRunAhead: cores.reduce((sum, core) => sum + core.stepsRunAhead, stepsRunAhead),
        scheduledTokens: this.scheduledTokens,
        preemptions: this.preemptions,
        prefixQueryTokens: this.prefixQueryTokens,
        prefixHitTokens: this.prefixHitTokens,
        peakConcurrency: this.peakConcurrency,
        maxOutputTokensPerS: this.seconds.most,
        mostActiveInOneSecond: this.activeSeconds.most,
        preemptedRequests: this.preemptedRequests,
        shortestPromptTokens: this.shortestPromptTokens,
        span: this.span(),
        drafts: this.drafts?.counts() ?? null,
        conservation: conservationOf(this.requests.count, this.ended, replicas, waitingAtRouter),
        stuck: stuckReason(replicas, waitingAtRouter),
      },
    };
  }

  private get finishedRequests(): number {
    return this.ended[FINISH_CODE.stop]! + this.ended[FINISH_CODE.length]!;
  }

  private end(id: number, reason: FinishReason): void {
    const row = this.requests.rowOf(id);
    const { columns } = this.requests;
    this.requests.end(row, FINISH_CODE[reason]);
    this.ended[FINISH_CODE[reason]]!++;
    this.inFlight--;
    if (this.resumed.size > 0) this.resumed.delete(id);
    if (reason === 'stop' || reason === 'length') this.finishedRow(id, row);
    else this.activeSeconds.failed(id);
    this.sink?.ended(columns, row);
    this.requests.release();
  }

  private finishedRow(id: number, row: number): void {
    const { arrivalUs, lastTokenUs } = this.requests.columns;
    // At the same time arrivals come first.
    if (lastTokenUs[row]! <= this.lastArrivalUs) this.finishedByLastArrival++;
    this.activeSeconds.finished(id, arrivalUs[row]!, lastTokenUs[row]!);
  }

  private span(): RunSpan {
    return {
      firstArrivalUs: this.firstArrivalUs,
      lastArrivalUs: this.lastArrivalUs,
      lastTokenUs: this.lastTokenUs === Number.NEGATIVE_INFINITY ? Number.NaN : this.lastTokenUs,
      finishedByLastArrival: this.finishedByLastArrival,
    };
  }
}
