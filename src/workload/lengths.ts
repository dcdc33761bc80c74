/**
 * How long prompts and answers are: independent laws for the two, or a mixture of bivariate lognormals that keeps what
 * public traces show, namely that certain prompt lengths come with certain answer lengths even where the two are hardly
 * correlated on the whole. Draws are rounded to whole tokens and clipped, never redrawn, because traces pile up at
 * their limits in the same way.
 */
import type { JointLengths, LengthLaw, SyntheticSpec } from '../config/resolved.ts';
import { choice, lognormal, mixture, normal, type Sampler } from '../core/distributions.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams, Rng } from '../core/random.ts';

/** Tokens of one request. */
export interface Lengths {
  /** >= 1. */
  promptTokens: number;
  /** Thinking included, >= 1. */
  outputTokens: number;
}

/**
 * Draws the lengths of request after request: a joint law from the stream `<name>`, a pair of laws from `<name>/input`
 * and `<name>/output`, so that changing one of a pair leaves the other's draws alone.
 */
export function lengthSampler(spec: SyntheticSpec['lengths'], streams: RandomStreams, name = 'lengths'): () => Lengths {
  if ('joint' in spec) return jointSampler(spec, streams(name));
  const input = tokenSampler(spec.input, streams(`${name}/input`));
  const output = tokenSampler(spec.output, streams(`${name}/output`));
  return () => ({ promptTokens: input(), outputTokens: output() });
}

/** Draws whole token counts >= 1 of one law. */
export function tokenSampler(law: LengthLaw, rng: Rng): Sampler {
  if ('constant' in law) return () => clip(law.constant);
  checkBounds('uniform' in law ? law.uniform : law);
  if ('uniform' in law) {
    const { min, max } = law.uniform;
    return () => clip(min + Math.floor(rng() * (max - min + 1)), min, max);
  }
  if ('lognormal' in law) {
    const { sigma } = law.lognormal;
    const mu = 'mu' in law.lognormal ? law.lognormal.mu : Math.log(law.lognormal.mean) - sigma ** 2 / 2;
    const draw = lognormal(rng, mu, sigma);
    return () => clip(draw(), law.min, law.max);
  }
  const parts = law.mixture.map(({ weight, mu, sigma }) => ({ weight, draw: lognormal(rng, mu, sigma) }));
  const draw = mixture(rng, parts);
  return () => clip(draw(), law.min, law.max);
}

function jointSampler(law: JointLengths, rng: Rng): () => Lengths {
  checkBounds(law.input);
  checkBounds(law.output);
  const part = choice(
    rng,
    law.joint.map(({ weight }) => weight),
  );
  const z = normal(rng, 0, 1);
  return () => {
    const { mu, sigma, correlation } = law.joint[part()]!;
    const zInput = z();
    const zOutput = correlation * zInput + Math.sqrt(1 - correlation ** 2) * z();
    return {
      promptTokens: clip(Math.exp(mu[0] + sigma[0] * zInput), law.input.min, law.input.max),
      outputTokens: clip(Math.exp(mu[1] + sigma[1] * zOutput), law.output.min, law.output.max),
    };
  };
}

function checkBounds({ min = 1, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number }): void {
  if (min <= max) return;
  throw new InputError(`lengths: min is ${min} and max is ${max} tokens; expected min to be at most max.`);
}

function clip(tokens: number, min = 1, max = Number.MAX_SAFE_INTEGER): number {
  return Math.max(1, min, Math.min(max, Math.round(tokens)));
}
