/**
 * What share of a layer's rows the busiest rank gets when whole experts are spread over ranks. The tables' routing
 * (`power_law_logits_v3` of github.com/ai-dynamo/aiconfigurator) draws the popularity x of each expert from a density
 * x^-alpha between 1 and 0.8 M for M tokens, or between 0.01 and 2 where there are fewer rows than experts. Experts lie
 * on ranks in an order that has nothing to do with it. So the rows of a rank are a sum of El = E / ranks independent
 * draws with coefficient of variation c, nearly normal, and the expected largest of n such sums is
 *
 *     share = (1 + z(n) c sqrt((1 - 1/n) / El)) / n
 *
 * with z(n) the expected maximum of n standard normal numbers. Even routing has c = 0.
 */
import type { MoeRouting } from './moe.ts';

/** Expected maximum of 1, 2, 4, 8, 16, 32 standard normal numbers; linear in the logarithm between. */
const NORMAL_MAXIMUM = [0, 0.5642, 1.0294, 1.4236, 1.766, 2.0697];

/** The share of `tokens` x `expertsPerToken` rows, from 1 / ranks to 1. */
export function busiestShare(
  routing: MoeRouting,
  tokens: number,
  expertsPerToken: number,
  experts: number,
  ranks: number,
): number {
  if (ranks === 1) return 1;
  const [from, to] = tokens * expertsPerToken > experts ? [1, Math.max(1, 0.8 * tokens)] : [0.01, 2];
  const spread = variation(exponentOf(routing), from, to) * Math.sqrt((ranks - 1) / experts);
  return Math.min(1, (1 + normalMaximum(ranks) * spread) / ranks);
}

function exponentOf(routing: MoeRouting): number | null {
  switch (routing) {
    case 'power_law_1.01':
      return 1.01;
    case 'power_law_1.2':
      return 1.2;
    case 'balanced':
      return null;
  }
}

/** Coefficient of variation of a density x^-alpha between two bounds. */
function variation(alpha: number | null, from: number, to: number): number {
  if (alpha === null || from >= to) return 0;
  const integral = (power: number) => (to ** (power + 1 - alpha) - from ** (power + 1 - alpha)) / (power + 1 - alpha);
  const mean = integral(1) / integral(0);
  return Math.sqrt(Math.max(0, integral(2) / integral(0) / mean ** 2 - 1));
}

function normalMaximum(count: number): number {
  const position = Math.min(Math.log2(count), NORMAL_MAXIMUM.length - 1);
  const i = Math.min(Math.floor(position), NORMAL_MAXIMUM.length - 2);
  return NORMAL_MAXIMUM[i]! + (position - i) * (NORMAL_MAXIMUM[i + 1]! - NORMAL_MAXIMUM[i]!);
}
