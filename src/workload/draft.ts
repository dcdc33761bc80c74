/** A request in the making: what all turns of a conversation are put together from. */
import type { Answer } from './answer.ts';
import type { ClassLaws } from './class-laws.ts';
import type { Request, Span } from './request.ts';

/** A request whose number is set when its turn comes. */
export type Draft = { -readonly [K in keyof Request]: Request[K] };

/** Hands out segments and sessions that no request has had. */
export interface Numbers {
  newSegment(): number;
  newSession(): number | null;
}

/** The parts of a request that its turn decides. */
export interface TurnParts {
  readonly arrivalUs: number;
  readonly prompt: readonly Span[];
  readonly promptTokens: number;
  readonly outputSegment: number;
  readonly session: number | null;
}

export function draftOf({ index, priority }: ClassLaws, turn: TurnParts, answer: Answer): Draft {
  return {
    id: -1,
    arrivalUs: turn.arrivalUs,
    prompt: turn.prompt,
    promptTokens: turn.promptTokens,
    outputSegment: turn.outputSegment,
    outputTokens: answer.outputTokens,
    thinkingTokens: answer.thinkingTokens,
    maxTokens: answer.maxTokens,
    ignoreEos: answer.ignoreEos,
    class: index,
    priority,
    session: turn.session,
    preprocessUs: answer.preprocessUs,
    origin: null,
  };
}

/**
 * A turn's reply as a later prompt holds it. With the thinking stripped, the answer's tokens no longer stand where they
 * were computed, so none of their cached blocks can match: the text gets a segment of its own. A reply that `max_tokens`
 * cut off inside its thinking leaves no answer.
 */
export function replySpan(turn: Request, stripThinking: boolean, newSegment: () => number): Span | null {
  const written = Math.min(turn.outputTokens, turn.maxTokens ?? turn.outputTokens);
  if (!stripThinking || turn.thinkingTokens === 0) return { segment: turn.outputSegment, tokens: written };
  const answerTokens = written - turn.thinkingTokens;
  return answerTokens > 0 ? { segment: newSegment(), tokens: answerTokens } : null;
}
