/**
 * Requests of one class of a synthetic workload: first turns, and the second turns that follow some of them. Each
 * quantity draws from a stream of its own and each first turn takes one draw of each, second turn or not, so that two
 * variants of a study that differ in one law see the same draws of all the others.
 */
import { lognormal } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';
import { answerSampler } from './answer.ts';
import type { ClassLaws } from './class-laws.ts';
import { type Draft, draftOf, type Numbers, replySpan } from './draft.ts';
import { lengthSampler } from './lengths.ts';
import { type PrefixTexts, prefixSampler } from './prefix-pool.ts';
import type { Span } from './request.ts';
import { type Session, sessionStarts } from './session.ts';

export interface Turns {
  first(arrivalUs: number): Draft;
  /** The second turn that follows that first one; null: none does. Asked for once after every first turn. */
  second(first: Draft): Draft | null;
  /** The session that begins with that first turn; null: it has no other. Asked for once after every first turn. */
  session(first: Draft): Session | null;
}

/** The turns of one class. */
export function turnsOf(laws: ClassLaws, numbers: Numbers, textsOf: PrefixTexts): Turns {
  return {
    first: firstTurns(laws, numbers, textsOf),
    second: secondTurns(laws, numbers),
    session: sessionStarts(laws, numbers),
  };
}

function firstTurns(laws: ClassLaws, { newSegment, newSession }: Numbers, textsOf: PrefixTexts): Turns['first'] {
  const { sharedPrefix } = laws;
  const lengths = lengthSampler(laws.lengths!, laws.streams);
  const answers = answerSampler(laws, laws.streams);
  const sharing = laws.streams('shared_prefix');
  const nextText = prefixSampler(laws.prefixPool, laws.streams, textsOf);
  return (arrivalUs) => {
    const { promptTokens: drawnTokens, outputTokens } = lengths();
    const text = nextText();
    const sharesPrefix = sharedPrefix !== null && sharing() < sharedPrefix.share;
    const prompt = firstPrompt(drawnTokens, sharesPrefix ? sharedPrefix : null, text, newSegment());
    const promptTokens = drawnTokens + (text?.tokens ?? 0);
    const turn = { arrivalUs, prompt, promptTokens, outputSegment: newSegment(), session: newSession() };
    return draftOf(laws, turn, answers(outputTokens));
  };
}

/** The shared prefix is part of the drawn length, and at least one token of every prompt is its own. */
function firstPrompt(drawnTokens: number, prefix: Span | null, text: Span | null, ownSegment: number): Span[] {
  const shared = prefix === null ? 0 : Math.min(prefix.tokens, drawnTokens - 1);
  const own = { segment: ownSegment, tokens: drawnTokens - shared };
  if (shared === 0) return text === null ? [own] : [text, own];
  const begin = { segment: prefix!.segment, tokens: shared };
  return text === null ? [begin, own] : [begin, text, own];
}

/**
 * The prompt of a second turn is the first turn's prompt, its answer and new text of a length from the input law. The gap
 * is counted from the first turn's arrival, as in traces that hold arrivals alone: on a deployment much slower than the
 * traced one a second turn can come before the reply. Sessions, whose gaps begin with the end of a reply, do not have that.
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
    const answer = replySpan(first, law.strip_thinking, newSegment);
    const newText = { segment: newSegment(), tokens: newTokens };
    const prompt = answer === null ? [...first.prompt, newText] : [...first.prompt, answer, newText];
    const promptTokens = first.promptTokens + (answer?.tokens ?? 0) + newTokens;
    const turn = { arrivalUs, prompt, promptTokens, outputSegment: newSegment(), session: first.session };
    return draftOf(laws, turn, reply);
  };
}
