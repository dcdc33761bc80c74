/**
 * What a request asks the model to write: of an output of some length so much is thinking, a runaway chain thinks on
 * until something cuts it, and a budget keeps both short. The answer after the thinking is as long as it was drawn,
 * whatever became of the thinking.
 */
import type { RandomStreams } from '../core/random.ts';
import { type Ask, budgetPolicy } from './budget.ts';
import type { ClassLaws } from './class-laws.ts';
import type { Request } from './request.ts';
import { thinkingSampler } from './thinking.ts';

/** The part of a request that is about its output. */
export type Answer = {
  -readonly [K in 'outputTokens' | 'thinkingTokens' | 'maxTokens' | 'ignoreEos' | 'preprocessUs']: Request[K];
};

/**
 * Draws the answers of request after request, each for an output of the given length. The object is the same every time,
 * and overwritten by the next draw. `streams`: one number a request of each.
 */
export function answerSampler(laws: ClassLaws, streams: RandomStreams): (outputTokens: number) => Answer {
  const { runaway, budget, ignoreEos } = laws;
  const thinking = thinkingSampler(laws.thinkingShare, streams('thinking'));
  const isRunaway = runaway === null ? null : streams('runaway');
  const policy = budget === null ? null : budgetPolicy(budget, laws.index, streams);
  const mostTokens = laws.maxTokens ?? Number.POSITIVE_INFINITY;
  const ask: Ask = { thinkingTokens: 0, maxTokens: mostTokens, preprocessUs: 0 };
  const answer: Answer = { outputTokens: 0, thinkingTokens: 0, maxTokens: null, ignoreEos, preprocessUs: 0 };
  return (outputTokens) => {
    const drawn = thinking(outputTokens);
    const runsAway = isRunaway !== null && isRunaway() < runaway!.share;
    ask.thinkingTokens = runsAway ? Math.max(drawn, runaway!.tokens) : drawn;
    ask.maxTokens = mostTokens;
    ask.preprocessUs = 0;
    policy?.(ask, drawn, runsAway);
    answer.thinkingTokens = ask.thinkingTokens;
    answer.outputTokens = ask.thinkingTokens + outputTokens - drawn;
    answer.preprocessUs = ask.preprocessUs;
    // With ignore_eos nothing but max_tokens can end an output, as in vllm bench serve; else an end token does.
    const most = ignoreEos ? Math.min(answer.outputTokens, ask.maxTokens) : ask.maxTokens;
    answer.maxTokens = most === Number.POSITIVE_INFINITY ? null : most;
    return answer;
  };
}
