/** Random engine settings and loads for property tests, and a driver that runs them and reports every step. */
import fc from 'fast-check';
import { type Batch, type RequestOutput, requestsIn } from '../../src/engine/batch.ts';
import { updateByName } from '../../src/engine/cohort-by-name.ts';
import type { DraftModel } from '../../src/engine/draft-model.ts';
import { EngineLoop } from '../../src/engine/engine-loop.ts';
import type { EngineOptions, KvGroup, SpeculationOptions } from '../../src/engine/options.ts';
import type { EngineRequestInit } from '../../src/engine/request-state.ts';
import { Scheduler } from '../../src/engine/scheduler.ts';

export interface RandomRequest {
  /** [segment, tokens] of the prompt; segments 1 to 4 are shared, the rest are the request's own. */
  readonly shared: number;
  readonly sharedTokens: number;
  readonly ownTokens: number;
  /** The prompt begins with that of the request so many before it, and what it wrote, up to its end token; null: it does not. */
  readonly follows: number | null;
  readonly outputTokens: number;
  readonly endsByEndToken: boolean;
  readonly priority: number;
  readonly arrivalStep: number;
  readonly abortStep: number | null;
  readonly skipsCache: boolean;
}

export interface RandomRun {
  readonly options: EngineOptions;
  readonly requests: readonly RandomRequest[];
  readonly acceptanceSeed: number;
}

const fullAttention: KvGroup = { kind: 'full', blockSize: 16, window: 0, chunk: 0 };
const sliding: KvGroup = { kind: 'sliding', blockSize: 16, window: 48, chunk: 0 };

const kvGroups = fc.constantFrom<readonly KvGroup[]>(
  [fullAttention],
  [{ ...fullAttention, blockSize: 8 }],
  [sliding],
  [fullAttention, sliding],
  [sliding, fullAttention],
);

const speculation = fc.constantFrom<SpeculationOptions | null>(
  null,
  null,
  { method: 'ngram', draftTokens: 3 },
  { method: 'eagle', draftTokens: 2 },
  { method: 'mtp', draftTokens: 1 },
  { method: 'draft_model', draftTokens: 4 },
);

const options = fc
  .record({
    kvGroups,
    speculation,
    numGpuBlocks: fc.integer({ min: 10, max: 120 }),
    maxNumSeqs: fc.integer({ min: 1, max: 12 }),
    budget: fc.constantFrom(16, 64, 200),
    enableChunkedPrefill: fc.boolean(),
    longPrefillTokenThreshold: fc.constantFrom(0, 0, 24),
    prefillScheduleInterval: fc.constantFrom(1, 1, 3),
    enablePrefixCaching: fc.boolean(),
    schedulingPolicy: fc.constantFrom<'fcfs' | 'priority'>('fcfs', 'priority'),
    asyncScheduling: fc.boolean(),
    pipelineParallelSize: fc.constantFrom(1, 1, 2, 3),
    schedulerReserveFullIsl: fc.boolean(),
    watermark: fc.constantFrom(0, 0.05),
  })
  .map(
    ({ budget, ...rest }): EngineOptions => ({
      ...rest,
      // Drafts are not made in a pipeline.
      pipelineParallelSize: rest.speculation === null ? rest.pipelineParallelSize : 1,
      maxModelLen: 256,
      maxNumActiveSeqs: null,
      // Without chunked prefill vLLM demands a budget of at least max_model_len.
      maxNumBatchedTokens: rest.enableChunkedPrefill ? budget : 256,
      maxNumScheduledTokens: rest.enableChunkedPrefill ? budget : 256,
      longPrefillTokenThresholdAdaptive: false,
      prefixCacheRetentionInterval: 0,
    }),
  );

const request: fc.Arbitrary<RandomRequest> = fc.record({
  shared: fc.integer({ min: 1, max: 4 }),
  sharedTokens: fc.integer({ min: 0, max: 100 }),
  ownTokens: fc.integer({ min: 1, max: 120 }),
  follows: fc.constantFrom(null, null, null, 1, 2, 5),
  outputTokens: fc.integer({ min: 1, max: 60 }),
  endsByEndToken: fc.boolean(),
  priority: fc.integer({ min: 0, max: 2 }),
  arrivalStep: fc.integer({ min: 0, max: 60 }),
  abortStep: fc.option(fc.integer({ min: 0, max: 120 }), { freq: 5 }),
  skipsCache: fc.constantFrom(false, false, false, false, false, true),
});

export const randomRun: fc.Arbitrary<RandomRun> = fc.record({
  options,
  requests: fc.array(request, { minLength: 1, maxLength: 24, size: 'max' }),
  acceptanceSeed: fc.integer({ min: 0, max: 1000 }),
});

function toInit(index: number, request: RandomRequest, before: readonly EngineRequestInit[]): EngineRequestInit {
  const prompt = [
    ...beginOf(request, before[index - (request.follows ?? index + 1)]),
    { segment: 1000 + 2 * index, tokens: request.ownTokens },
  ].filter((span) => span.tokens > 0);
  return {
    index,
    id: `r${index}`,
    prompt,
    promptTokens: prompt.reduce((sum, { tokens }) => sum + tokens, 0),
    outputSegment: 1001 + 2 * index,
    maxTokens: request.endsByEndToken ? null : request.outputTokens,
    endTokenAt: request.endsByEndToken ? request.outputTokens : null,
    priority: request.priority,
    arrivalTime: index,
    cacheSalt: null,
    skipReadingPrefixCache: request.skipsCache,
  };
}

/** What a prompt begins with: a shared prefix, or all of a request before it, if that is not too long. */
function beginOf(request: RandomRequest, followed: EngineRequestInit | undefined): EngineRequestInit['prompt'] {
  if (followed === undefined || followed.promptTokens > 120)
    return [{ segment: request.shared, tokens: request.sharedTokens }];
  const written = followed.maxTokens ?? followed.endTokenAt! - 1;
  return [...followed.prompt, { segment: followed.outputSegment, tokens: written }];
}

/** The prompt and output tokens of a request as text, one word a token: what prefixes really are. */
export function tokensOf(init: EngineRequestInit, length: number): string[] {
  const tokens = init.prompt.flatMap(({ segment, tokens }) =>
    Array.from({ length: tokens }, (_, i) => `${segment}.${i}`),
  );
  for (let i = 0; tokens.length < length; i++)
    tokens.push(i + 1 === init.endTokenAt ? 'end' : `${init.outputSegment}.${i}`);
  return tokens.slice(0, length);
}

export interface StepReport {
  readonly scheduler: Scheduler;
  readonly inits: readonly EngineRequestInit[];
  readonly scheduled: Batch | null;
  readonly outputs: readonly RequestOutput[];
}

/** Far above what any of these runs needs. */
const MAX_STEPS = 6_000;

/** How a scheduler goes about it: with the same results. */
export interface Ways {
  readonly decodeCohort: boolean;
  readonly blockNumbers: boolean;
}

/** Every request is looked at in every call, and every block has its number. */
export const READABLE: Ways = { decodeCohort: false, blockNumbers: true };

/** Runs to the end. Returns false if the queue got stuck, as vLLM's would. */
export function drive(
  { options, requests, acceptanceSeed }: RandomRun,
  onStep: (step: StepReport) => void,
  ways = READABLE,
): boolean {
  const inits: EngineRequestInit[] = [];
  for (const [index, request] of requests.entries()) inits.push(toInit(index, request, inits));
  const pseudoRandom = (a: number, b: number) => ((a * 7919 + b * 104729 + acceptanceSeed * 31) >>> 0) % 97;
  const drafts: DraftModel = {
    accepted: (request, verified) => pseudoRandom(request.index, request.verifications) % (verified + 1),
    proposed: (request, k) => pseudoRandom(request.verifications, request.index) % (k + 1),
  };
  const scheduler = new Scheduler(options, drafts, { ...ways, reportLeave: null });
  const loop = new EngineLoop(scheduler);
  const lastEvent = Math.max(...requests.map(({ arrivalStep, abortStep }) => Math.max(arrivalStep, abortStep ?? 0)));
  for (let step = 0; step <= lastEvent || !loop.isIdle; step++) {
    requests.forEach((request, index) => {
      if (request.arrivalStep === step) scheduler.add(inits[index]!);
    });
    requests.forEach((request, index) => {
      if (request.abortStep === step && request.arrivalStep <= step) scheduler.abort(inits[index]!.id);
    });
    if (loop.isIdle) continue;
    const { scheduled, due } = loop.iterate();
    onStep({ scheduler, inits, scheduled, outputs: [] });
    if (due !== null) onStep({ scheduler, inits, scheduled: null, outputs: updateByName(scheduler, due) });
    if (step > MAX_STEPS) return false;
    const stalled =
      scheduled !== null &&
      requestsIn(scheduled) === 0 &&
      scheduled.preempted.length === 0 &&
      !loop.hasTokensUnderWay &&
      (due === null || requestsIn(due) === 0);
    if (stalled && step > lastEvent && scheduler.waiting.length > 0) return false;
  }
  return true;
}
