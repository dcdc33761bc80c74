/**
 * Sessions: conversations and agents whose every prompt holds what came before. The next request comes some time after
 * the *end* of a reply, so a slow server is asked later, not more at once. A prompt that has grown too long is summed up
 * (an agent's compaction): what it began with and a summary remain, and nothing of the summary is in any cache.
 *
 * The draws of a session are its own (`sessions/17/gap`), because when its requests come depends on the server: the
 * fifth request of a session is the same whatever else happened in the meantime.
 */
import type { GapLaw, SessionLaw } from '../config/resolved.ts';
import { lognormal, mixture, type Sampler } from '../core/distributions.ts';
import type { RandomStreams, Rng } from '../core/random.ts';
import { type Answer, answerSampler } from './answer.ts';
import type { ClassLaws } from './class-laws.ts';
import { type Draft, draftOf, type Numbers, replySpan } from './draft.ts';
import { type Lengths, lengthSampler, tokenSampler } from './lengths.ts';
import type { Span } from './request.ts';
import { sessionLengthSampler } from './session-length.ts';

export interface Session {
  /** The next request, when the last one's reply has ended; null: there is none. */
  next(endedUs: number): Draft | null;
}

/** What sessions of one class draw from for their first turns: how long each is to be. */
export function sessionStarts(laws: ClassLaws, numbers: Numbers): (first: Draft) => Session | null {
  const law = laws.sessions;
  if (law === null) return () => null;
  const requests = sessionLengthSampler(law.requests, laws.streams('sessions/requests'));
  const longest =
    law.compaction === null
      ? () => Number.POSITIVE_INFINITY
      : tokenSampler(law.compaction.above, laws.streams('sessions/compaction'));
  let begun = 0;
  return (first) => {
    const streams: RandomStreams = (quantity) => laws.streams(`sessions/${number}/${quantity}`);
    const number = begun++;
    const plan = { requests: requests(), longestPrompt: longest() };
    return plan.requests === 1 ? null : new OngoingSession(laws, law, numbers, plan, streams, first);
  };
}

/** The laws of later turns. */
interface Draws {
  newTokens: Sampler;
  gapS: Sampler;
  lengths: () => Lengths;
  answers: (outputTokens: number) => Answer;
}

class OngoingSession implements Session {
  private readonly laws: ClassLaws;
  private readonly law: SessionLaw;
  private readonly newSegment: () => number;
  private readonly longestPrompt: number;
  private readonly streams: RandomStreams;
  /** What its first prompt has in common with others; a summary keeps it. */
  private readonly head: readonly Span[];
  private last: Draft;
  private left: number;
  private draws: Draws | null = null;

  constructor(
    laws: ClassLaws,
    law: SessionLaw,
    { newSegment }: Numbers,
    plan: { requests: number; longestPrompt: number },
    streams: RandomStreams,
    first: Draft,
  ) {
    this.laws = laws;
    this.law = law;
    this.newSegment = newSegment;
    this.longestPrompt = plan.longestPrompt;
    this.streams = streams;
    this.head = first.prompt.slice(0, -1);
    this.last = first;
    this.left = plan.requests - 1;
  }

  next(endedUs: number): Draft | null {
    if (this.left === 0) return null;
    this.left--;
    const { laws, last } = this;
    this.draws ??= drawsOf(laws, this.law, this.streams);
    const { newTokens, gapS, lengths, answers } = this.draws;
    const prompt = this.grown(newTokens());
    const arrivalUs = endedUs + Math.round(gapS() * 1e6);
    const turn = { arrivalUs, ...prompt, outputSegment: this.newSegment(), session: last.session };
    this.last = draftOf(laws, turn, answers(lengths().outputTokens));
    return this.last;
  }

  /** The last prompt, its reply and new text, or a summary of them. */
  private grown(newTokens: number): { prompt: readonly Span[]; promptTokens: number } {
    const { law, last, newSegment } = this;
    const reply = replySpan(last, law.strip_thinking, newSegment);
    const replyTokens = reply === null ? 0 : law.includes_reply ? Math.min(reply.tokens, newTokens - 1) : reply.tokens;
    const ownTokens = law.includes_reply ? newTokens - replyTokens : newTokens;
    const promptTokens = last.promptTokens + replyTokens + ownTokens;
    if (promptTokens > this.longestPrompt) return this.summedUp(promptTokens);
    const kept = replyTokens > 0 ? [{ segment: reply!.segment, tokens: replyTokens }] : [];
    return { prompt: [...last.prompt, ...kept, { segment: newSegment(), tokens: ownTokens }], promptTokens };
  }

  private summedUp(tooManyTokens: number): { prompt: readonly Span[]; promptTokens: number } {
    const headTokens = this.head.reduce((sum, { tokens }) => sum + tokens, 0);
    const summaryTokens = Math.max(1, Math.round(this.law.compaction!.keep * tooManyTokens) - headTokens);
    const prompt = [...this.head, { segment: this.newSegment(), tokens: summaryTokens }];
    return { prompt, promptTokens: headTokens + summaryTokens };
  }
}

function drawsOf(laws: ClassLaws, law: SessionLaw, streams: RandomStreams): Draws {
  return {
    newTokens: tokenSampler(law.new_tokens, streams('new_tokens')),
    gapS: gapSampler(law.gap_s, streams('gap')),
    lengths: lengthSampler(laws.lengths!, streams),
    answers: answerSampler(laws, streams),
  };
}

function gapSampler(law: GapLaw, rng: Rng): Sampler {
  if ('mu' in law) return lognormal(rng, law.mu, law.sigma);
  return mixture(
    rng,
    law.mixture.map(({ weight, mu, sigma }) => ({ weight, draw: lognormal(rng, mu, sigma) })),
  );
}
