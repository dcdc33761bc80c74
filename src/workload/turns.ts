/**
 * Requests of one class of a synthetic workload: first turns, and the second turns that follow some of them. Each
 * quantity draws from a stream of its own and each first turn takes one draw of each, second turn or not, so that two
 * variants of a study that differ in one law see the same draws of all the others.
 */
import { lognormal } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';
import { type Answer, answerSampler } from './answer.ts';
import type { ClassLaws } from './class-laws.ts';
import { lengthSampler } from './lengths.ts';
import type { Request, Span } from './request.ts';

/** A request whose number is set when its turn comes. */
export type Draft = { -readonly [K in keyof Request]: Request[K] };

/** Hands out segments and sessions that no request has had. */
export interface Numbers {
  newSegment(): number;
  newSession(): number | null;
}

export interface Turns {
  first(arrivalUs: number): Draft;
  /** The second turn that follows that first one; null: none does. Asked for once after every first turn. */
  second(first: Draft): Draft | null;
}

/** The turns of one class. */
export function turnsOf(laws: ClassLaws, numbers: Numbers): Turns {
  return { first: firstTurns(laws, numbers), second: secondTurns(laws, numbers) };
}

function firstTurns(laws: ClassLaws, { newSegment, newSession }: Numbers): Turns['first'] {
  const { sharedPrefix } = laws;
  const lengths = lengthSampler(laws.lengths!, laws.streams);
  const answers = answerSampler(laws, laws.streams);
  const sharing = laws.streams('shared_prefix');
  return (arrivalUs) => {
    const { promptTokens, outputTokens } = lengths();
    const sharesPrefix = sharedPrefix !== null && sharing() < sharedPrefix.share;
    const prompt = sharesPrefix
      ? prefixedPrompt(promptTokens, sharedPrefix, newSegment())
      : [{ segment: newSegment(), tokens: promptTokens }];
    return draftOf(laws, arrivalUs, prompt, promptTokens, answers(outputTokens), newSegment(), newSession());
  };
}

/** The prefix is part of the drawn length, and at least one token of every prompt is its own. */
function prefixedPrompt(promptTokens: number, prefix: Span, ownSegment: number): Span[] {
  const shared = Math.min(prefix.tokens, promptTokens - 1);
  const own = { segment: ownSegment, tokens: promptTokens - shared };
  return shared > 0 ? [{ segment: prefix.segment, tokens: shared }, own] : [own];
}

/**
 * The prompt of a second turn is the first turn's prompt, its answer and new text of a length from the input law. The gap
 * is counted from the first turn's arrival, as in traces that hold arrivals alone, because when its reply ends is not
 * known before it is simulated: on a deployment much slower than the traced one a second turn can come before the reply.
 */
function secondTurns(laws: ClassLaws, { newSegment }: Numbers): Turns['second'] {
  const law = laws.followUp;
  if (law === null) return () => null;
  const streams: RandomStreams = (quantity) => laws.streams(`follow_up/${quantity}`);
  const happens = laws.streams('follow_up');
  const gapS = lognormal(streams('gap'), law.gap_s.mu, law.gap_s.sigma);
  const lengths = lengthSampler(laws.lengths!, streams);
  const answers = answerSampler(laws, streams);
  return (first) => {
    const { promptTokens: newTokens, outputTokens } = lengths();
    const reply = answers(outputTokens);
    const arrivalUs = first.arrivalUs + Math.round(gapS() * 1e6);
    if (happens() >= law.probability) return null;
    const answer = answerSpan(first, law.strip_thinking, newSegment);
    const newText = { segment: newSegment(), tokens: newTokens };
    const prompt = answer === null ? [...first.prompt, newText] : [...first.prompt, answer, newText];
    const promptTokens = first.promptTokens + (answer?.tokens ?? 0) + newTokens;
    return draftOf(laws, arrivalUs, prompt, promptTokens, reply, newSegment(), first.session);
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
  { index, priority }: ClassLaws,
  arrivalUs: number,
  prompt: Span[],
  promptTokens: number,
  answer: Answer,
  outputSegment: number,
  session: number | null,
): Draft {
  return {
    id: -1,
    arrivalUs,
    prompt,
    promptTokens,
    outputSegment,
    outputTokens: answer.outputTokens,
    thinkingTokens: answer.thinkingTokens,
    maxTokens: answer.maxTokens,
    ignoreEos: answer.ignoreEos,
    class: index,
    priority,
    session,
    preprocessUs: answer.preprocessUs,
    origin: null,
  };
}
