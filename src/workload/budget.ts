/**
 * Policies that keep answers short, applied to what the model would write by itself. A hint in the prompt shortens the
 * thinking of the requests that follow it. A classifier delays a request and sets the limits of the group that it takes
 * it for. A budget of thinking tokens is vLLM's `thinking_token_budget`: once so many are written, the sampler forces
 * the end of thinking, one token, and the answer follows. `max_tokens` covers thinking and answer and cuts off the rest.
 * Who follows a hint and who is mistaken comes from streams of their own, one number a request each.
 */
import type { Budget, ClassifierBudget } from '../config/resolved.ts';
import type { RandomStreams, Rng } from '../core/random.ts';

/** What a request asks the model to write; a policy changes it in place. */
export interface Ask {
  /** The token that ends it included; 0: the request does not think. */
  thinkingTokens: number;
  /** Infinity: unlimited. */
  maxTokens: number;
  /** Time before the router. */
  preprocessUs: number;
}

/**
 * `drawnThinking` is what the law of thinking drew: what a classifier can know. A runaway chain, whose thinking is longer
 * than that, follows no hint; only tokens counted by the server stop it.
 */
export type BudgetPolicy = (ask: Ask, drawnThinking: number, isRunaway: boolean) => void;

/** The policy of a budget, for requests of one class. */
export function budgetPolicy(budget: Budget, classIndex: number, streams: RandomStreams): BudgetPolicy {
  const { hint, classifier } = budget;
  const mostThinking = budget.thinking_tokens ?? Number.POSITIVE_INFINITY;
  const mostTokens = budget.max_tokens ?? Number.POSITIVE_INFINITY;
  const ignores = streams('budget/hint');
  const groupOf = classifier === null ? null : classified(classifier, classIndex, streams('budget/classifier'));
  return (ask, drawnThinking, isRunaway) => {
    let kept = 1;
    let thinking = mostThinking;
    let tokens = mostTokens;
    if (hint !== null && ignores() >= hint.ignored_by) kept -= hint.cut;
    if (groupOf !== null) {
      const { cut, thinking_tokens, max_tokens } = classifier!.groups[groupOf(drawnThinking)]!;
      ask.preprocessUs += classifier!.delay_us;
      kept *= 1 - cut;
      thinking = Math.min(thinking, thinking_tokens ?? thinking);
      tokens = Math.min(tokens, max_tokens ?? tokens);
    }
    ask.thinkingTokens = limitedThinking(ask.thinkingTokens, isRunaway ? 1 : kept, thinking);
    ask.maxTokens = Math.min(ask.maxTokens, tokens);
  };
}

/** Of `natural` tokens the last one ends the thinking; the server lets `most` come before that one. */
function limitedThinking(natural: number, kept: number, most: number): number {
  if (natural === 0) return 0;
  const shortened = kept === 1 ? natural : Math.max(1, Math.round(natural * kept));
  return Math.min(shortened, most + 1);
}

/** The group that the classifier takes a request for. */
function classified(
  { by, groups, confusion }: ClassifierBudget,
  classIndex: number,
  rng: Rng,
): (drawnThinking: number) => number {
  const bounds = groups.map(({ below }) => below ?? Number.POSITIVE_INFINITY);
  return (drawnThinking) => {
    let own = classIndex;
    if (by === 'thinking') for (own = 0; drawnThinking >= bounds[own]!; ) own++;
    return takenFor(confusion[own]!, own, rng());
  };
}

/** Its own group comes first, so that the requests that a better classifier mistakes are among those of a worse one. */
function takenFor(chances: readonly number[], own: number, uniform: number): number {
  let rest = uniform - chances[own]!;
  if (rest < 0) return own;
  let last = own;
  for (let group = 0; group < chances.length; group++) {
    if (group === own || chances[group] === 0) continue;
    last = group;
    rest -= chances[group]!;
    if (rest < 0) break;
  }
  return last;
}
