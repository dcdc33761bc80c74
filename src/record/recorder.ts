/** Watches a run and writes down what happened, in columns. */
import type { ArrivingRequest, ClusterObserver } from '../cluster/observer.ts';
import type { Replica } from '../engine/replica.ts';
import type { EngineRequest } from '../engine/request-state.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import { DraftRecorder } from './draft-recorder.ts';
import { HistogramRecorder } from './histogram-recorder.ts';
import { RequestColumns } from './request-columns.ts';
import type { Conservation, FinishReason, RunRecord } from './run-record.ts';
import { FINISH_REASONS } from './run-record.ts';
import { SecondCounter } from './second-counter.ts';
import { TimelineRecorder } from './timeline-recorder.ts';

const CODE = Object.fromEntries(FINISH_REASONS.map((reason, code) => [reason, code])) as Record<FinishReason, number>;

export class Recorder implements ClusterObserver {
  private readonly requests = new RequestColumns();
  private readonly interToken = new HistogramRecorder();
  private readonly timeline: TimelineRecorder;
  private readonly drafts: DraftRecorder | null;
  private inFlight = 0;
  private peakConcurrency = 0;
  private busyUs = 0;
  /** When the last step of each core ended; in a pipeline the next one may have begun before. */
  private readonly busyUntilUs: number[];
  private steps = 0;
  private scheduledTokens = 0;
  private preemptions = 0;
  private prefixQueryTokens = 0;
  private prefixHitTokens = 0;
  /** Whole seconds are counted from the arrival of the first request that was accepted. */
  private firstSecondUs = Number.NaN;
  private readonly seconds = new SecondCounter();
  private readonly ended: Record<FinishReason, number> = { unfinished: 0, stop: 0, length: 0, abort: 0, rejected: 0 };

  /** `cores`: engine cores in all replicas. `maxDrafts`: drafts a step at most; 0: without speculative decoding. */
  constructor(cores: number, maxDrafts = 0) {
    this.busyUntilUs = new Array<number>(cores).fill(0);
    this.drafts = maxDrafts === 0 ? null : new DraftRecorder(maxDrafts);
    this.timeline = new TimelineRecorder(cores);
  }

  arrived(request: ArrivingRequest, timeUs: number, replica: number): void {
    this.requests.add(request, timeUs, replica);
    this.inFlight++;
    if (this.inFlight > this.peakConcurrency) this.peakConcurrency = this.inFlight;
  }

  rejected(requestId: number): void {
    this.end(requestId, 'rejected');
  }

  queued(request: EngineRequest, timeUs: number): void {
    if (Number.isNaN(this.firstSecondUs)) this.firstSecondUs = this.requests.columns.arrivalUs[request.index]!;
    this.requests.columns.queuedUs[request.index] = timeUs;
  }

  admitted(request: EngineRequest, timeUs: number, hitTokens: number): void {
    const { columns } = this.requests;
    if (!Number.isNaN(columns.scheduledUs[request.index]!)) return;
    columns.scheduledUs[request.index] = timeUs;
    columns.cachedTokens[request.index] = hitTokens;
    this.prefixQueryTokens += request.promptTokens;
    this.prefixHitTokens += hitTokens;
  }

  preempted(request: EngineRequest, timeUs: number): void {
    this.requests.columns.preemptions[request.index]!++;
    this.preemptions++;
    this.timeline.count('preemptions', timeUs, 1);
  }

  verified(_request: EngineRequest, _timeUs: number, drafts: number, accepted: number): void {
    this.drafts?.add(drafts, accepted);
  }

  output(request: EngineRequest, timeUs: number, tokens: number): void {
    const { columns } = this.requests;
    const row = request.index;
    const before = columns.outputTokens[row]!;
    columns.outputTokens[row] = before + tokens;
    if (before === 0) columns.firstTokenUs[row] = timeUs;
    else this.interToken.add(timeUs - columns.lastTokenUs[row]!, 1);
    const thinkingTokens = columns.thinkingTokens[row]!;
    if (before <= thinkingTokens && before + tokens > thinkingTokens) columns.firstAnswerTokenUs[row] = timeUs;
    columns.lastTokenUs[row] = timeUs;
    this.timeline.count('outputTokens', timeUs, tokens);
    this.seconds.add(timeUs - this.firstSecondUs, tokens);
  }

  outputs(requests: number, timeUs: number, gapUs: number): void {
    this.interToken.add(gapUs, requests);
    this.timeline.count('outputTokens', timeUs, requests);
    this.seconds.add(timeUs - this.firstSecondUs, requests);
  }

  decoded({ index, outputTokens }: EngineRequest, timeUs: number): void {
    this.requests.columns.outputTokens[index] = outputTokens;
    this.requests.columns.lastTokenUs[index] = timeUs;
  }

  finished(request: EngineRequest, _timeUs: number, reason: 'stop' | 'length'): void {
    this.end(request.index, reason);
  }

  executed(core: number, startUs: number, endUs: number, prefillTokens: number, scheduledTokens: number): void {
    this.busyUs += endUs - Math.max(startUs, this.busyUntilUs[core]!);
    this.busyUntilUs[core] = endUs;
    this.steps++;
    this.scheduledTokens += scheduledTokens;
    this.timeline.count('steps', endUs, 1);
    if (prefillTokens > 0) this.timeline.spread('promptTokens', startUs, endUs, prefillTokens);
  }

  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void {
    this.timeline.state(core, timeUs, running, waiting, usedBlocks, blocks);
  }

  /** Everything that happened, once the run has ended at `endUs`. */
  record(endUs: number, replicas: readonly Replica[]): RunRecord {
    return {
      requests: this.requests.table(),
      timeline: this.timeline.timeline(endUs),
      interTokenUs: this.interToken.histogram(),
      totals: {
        endUs,
        busyUs: this.busyUs,
        replicas: replicas.length,
        cores: this.busyUntilUs.length,
        steps: this.steps,
        stepsRunAhead: replicas.flatMap(({ cores }) => cores).reduce((sum, core) => sum + core.stepsRunAhead, 0),
        scheduledTokens: this.scheduledTokens,
        preemptions: this.preemptions,
        prefixQueryTokens: this.prefixQueryTokens,
        prefixHitTokens: this.prefixHitTokens,
        peakConcurrency: this.peakConcurrency,
        maxOutputTokensPerS: this.seconds.most,
        drafts: this.drafts?.counts() ?? null,
        conservation: this.conservation(replicas),
        stuck: stuckReason(replicas),
      },
    };
  }

  private end(row: number, reason: FinishReason): void {
    this.requests.columns.finishReason[row] = CODE[reason];
    this.ended[reason]++;
    this.inFlight--;
  }

  private conservation(replicas: readonly Replica[]): Conservation {
    const cores = replicas.flatMap((replica) => replica.cores);
    const sum = (of: (scheduler: Scheduler) => number) => cores.reduce((total, core) => total + of(core.scheduler), 0);
    return {
      arrived: this.requests.count,
      finished: this.ended.stop + this.ended.length,
      rejected: this.ended.rejected,
      aborted: this.ended.abort,
      waiting: sum((scheduler) => scheduler.waiting.length),
      running: sum((scheduler) => scheduler.running.length),
      blocksInUse: sum((scheduler) => scheduler.kv.pool.usedBlocks),
    };
  }
}

function stuckReason(replicas: readonly Replica[]): string | null {
  for (const { id, stuckCore } of replicas) {
    const head = stuckCore?.scheduler.waiting.first();
    if (head === undefined) continue;
    const blocks = stuckCore!.scheduler.kv.pool.numBlocks - 1;
    return (
      `request ${head.id} (${head.knownTokens} tokens) can never be admitted on replica ${id}: ` +
      `the KV cache has ${blocks} blocks; vLLM would wait for ever, and everyone behind it`
    );
  }
  return null;
}
