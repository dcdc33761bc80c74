/**
 * Requests made from a specification: arrivals, lengths, thinking, a shared prefix, second turns. Each quantity draws from
 * a stream of its own and each request takes one draw of each, so that two variants of a study that differ in one law
 * see the same draws of all the others.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import type { SyntheticSpec, Workload } from '../config/resolved.ts';
import { lognormal } from '../core/distributions.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import { arrivalTimes } from './arrivals.ts';
import { type Lengths, lengthSampler } from './lengths.ts';
import { outputRules } from './output-rules.ts';
import type { Request, RequestSource, Span } from './request.ts';
import { thinkingSampler } from './thinking.ts';

/** Segment 0 is the end token's; a shared prefix has this one, and everything else a number of its own above it. */
const SHARED_PREFIX_SEGMENT = 1;

const BATCH_REQUESTS = 256;

/** A request without the number that it gets when its turn comes. */
type Draft = Omit<Request, 'id'>;

/**
 * The requests of a synthetic workload, made as they are asked for. `request_rate` counts every request, second turns
 * included. The workload ends after `num_requests`, or before `duration_s`, whichever comes first.
 */
export function syntheticSource(workload: Workload, streams: RandomStreams): RequestSource {
  const spec = workload.spec;
  if (spec === null) throw new Error('a synthetic workload without a specification');
  if (workload.num_requests === null && (workload.duration_s === null || workload.request_rate === 'inf')) {
    throw new InputError(
      `The workload "${workload.name}" has no end: give num_requests` +
        `${workload.request_rate === 'inf' ? ' (with request_rate: inf no time passes between arrivals)' : ' or duration'}.`,
    );
  }
  return {
    async *[Symbol.asyncIterator]() {
      let batch: Request[] = [];
      for (const request of limited(workload, inOrderOfArrival(workload, spec, streams))) {
        batch.push(request);
        if (batch.length === BATCH_REQUESTS) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
  };
}

function* limited(workload: Workload, drafts: Iterable<Draft>): Generator<Request> {
  const requests = workload.num_requests ?? Number.POSITIVE_INFINITY;
  const endUs = (workload.duration_s ?? Number.POSITIVE_INFINITY) * 1e6;
  if (requests === 0) return;
  let id = 0;
  for (const draft of drafts) {
    if (draft.arrivalUs >= endUs) return;
    yield { id: id++, ...draft };
    if (id === requests) return;
  }
}

/** First turns as they arrive, with the second turns that fall due before the next of them; first turns go first. */
function* inOrderOfArrival(workload: Workload, spec: SyntheticSpec, streams: RandomStreams): Generator<Draft> {
  const firstTurnShare = 1 / (1 + (spec.follow_up?.probability ?? 0));
  const rate = workload.request_rate ?? spec.base_rate;
  const make = firstTurns(workload, spec, streams);
  const followUp = followUps(workload, spec, streams, make.newSegment);
  const due = new FastPriorityQueue<{ draft: Draft; order: number }>(
    (a, b) => a.draft.arrivalUs < b.draft.arrivalUs || (a.draft.arrivalUs === b.draft.arrivalUs && a.order < b.order),
  );
  let order = 0;
  for (const arrivalUs of arrivalTimes(spec.arrivals, rate === 'inf' ? rate : rate * firstTurnShare, streams)) {
    while (!due.isEmpty() && due.peek()!.draft.arrivalUs < arrivalUs) yield due.poll()!.draft;
    const first = make.request(arrivalUs);
    const second = followUp(first);
    if (second !== null) due.add({ draft: second, order: order++ });
    yield first;
  }
}

function firstTurns(workload: Workload, spec: SyntheticSpec, streams: RandomStreams) {
  const lengths = lengthSampler(spec.lengths, streams);
  const thinking = thinkingSampler(spec.thinking_share, streams('thinking'));
  const prefixDraw = streams('shared_prefix');
  let lastSegment = SHARED_PREFIX_SEGMENT;
  const newSegment = (): number => ++lastSegment;
  const request = (arrivalUs: number): Draft => {
    const drawn = lengths();
    const sharesPrefix = prefixDraw() < (spec.shared_prefix?.share ?? 0);
    const prompt = firstPrompt(drawn.promptTokens, sharesPrefix ? spec.shared_prefix!.tokens : 0, newSegment());
    return draftOf(workload, arrivalUs, prompt, drawn, thinking(drawn.outputTokens), newSegment());
  };
  return { request, newSegment };
}

/** The prefix is part of the drawn length, and at least one token of every prompt is its own. */
function firstPrompt(promptTokens: number, prefixTokens: number, ownSegment: number): Span[] {
  const shared = Math.min(prefixTokens, promptTokens - 1);
  const own = { segment: ownSegment, tokens: promptTokens - shared };
  return shared > 0 ? [{ segment: SHARED_PREFIX_SEGMENT, tokens: shared }, own] : [own];
}

/**
 * Second turns. Their prompt is the first turn's prompt, its answer and new text of a length from the input law. The gap
 * is counted from the first turn's arrival, as in traces that hold arrivals alone, because when its reply ends is not
 * known before it is simulated: on a deployment much slower than the traced one a second turn can come before the reply.
 */
function followUps(workload: Workload, spec: SyntheticSpec, streams: RandomStreams, newSegment: () => number) {
  const law = spec.follow_up;
  if (law === null) return () => null;
  const happens = streams('follow_up');
  const gapS = lognormal(streams('follow_up/gap'), law.gap_s.mu, law.gap_s.sigma);
  const lengths = lengthSampler(spec.lengths, streams, 'follow_up/lengths');
  const thinking = thinkingSampler(spec.thinking_share, streams('follow_up/thinking'));
  return (first: Draft): Draft | null => {
    const drawn = lengths();
    const thinkingTokens = thinking(drawn.outputTokens);
    const arrivalUs = first.arrivalUs + Math.round(gapS() * 1e6);
    if (happens() >= law.probability) return null;
    const answer = answerSpan(first, law.strip_thinking, newSegment);
    const newText = { segment: newSegment(), tokens: drawn.promptTokens };
    const prompt = [...first.prompt, ...(answer === null ? [] : [answer]), newText];
    return draftOf(workload, arrivalUs, prompt, drawn, thinkingTokens, newSegment());
  };
}

/**
 * The first turn's reply as a later prompt holds it. With the thinking stripped, the answer's tokens no longer stand
 * where they were computed, so none of their cached blocks can match: the text gets a segment of its own. A reply that
 * `max_tokens` cut off inside its thinking leaves no answer.
 */
function answerSpan(first: Draft, stripThinking: boolean, newSegment: () => number): Span | null {
  const written = Math.min(first.outputTokens, first.maxTokens ?? first.outputTokens);
  if (!stripThinking || first.thinkingTokens === 0) return { segment: first.outputSegment, tokens: written };
  const answerTokens = written - first.thinkingTokens;
  return answerTokens > 0 ? { segment: newSegment(), tokens: answerTokens } : null;
}

function draftOf(
  workload: Workload,
  arrivalUs: number,
  prompt: Span[],
  { outputTokens }: Lengths,
  thinkingTokens: number,
  outputSegment: number,
): Draft {
  const promptTokens = prompt.reduce((sum, span) => sum + span.tokens, 0);
  return {
    arrivalUs,
    prompt,
    promptTokens,
    outputSegment,
    outputTokens,
    thinkingTokens,
    ...outputRules(workload, outputTokens),
    origin: null,
  };
}
