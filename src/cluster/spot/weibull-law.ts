/**
 * How long a spot instance is held, and how long it is away: Weibull laws, whose hazard falls with age where the shape is
 * below 1, as it is in every public trace (an instance that has lived two hours is ten times safer than a new one; Wu et
 * al., "Can't Be Late", NSDI 2024, github.com/skypilot-org/spot-traces). Shape 1 is the exponential.
 *
 * The hazard is cut in two at a height κ: what lies below it is taken from shocks that many slots hear, the rest is a
 * slot's own. Both together are the whole hazard, so that each slot keeps its law exactly, whatever is shared.
 */

/** P(T > t) = exp(−(t / scaleUs)^shape). */
export interface WeibullLaw {
  readonly shape: number;
  readonly scaleUs: number;
}

/** Events per microsecond at an age (µs). */
export function hazard({ shape, scaleUs }: WeibullLaw, ageUs: number): number {
  return (shape / scaleUs) * (ageUs / scaleUs) ** (shape - 1);
}

/** Mean duration in µs. */
export function meanUs(law: WeibullLaw): number {
  return timeLived(law, Number.POSITIVE_INFINITY);
}

/** The height κ (events per µs) below which lies that share, in [0, 1), of all events. */
export function sharedHeight(law: WeibullLaw, share: number): number {
  if (share === 0) return 0;
  const { shape, scaleUs } = law;
  if (shape === 1) return share / scaleUs;
  const logHeight = bisect((x) => shareBelow(law, Math.exp(x)) - share, -50 - Math.log(scaleUs), 50);
  return Math.exp(logHeight);
}

/**
 * The age (µs) at which a slot's own hazard, that above `height`, has added up to `sum`; infinite if it never does. With
 * `sum` drawn from the unit exponential this is the time to the slot's own event.
 */
export function ownAge(law: WeibullLaw, height: number, sum: number): number {
  const { shape, scaleUs } = law;
  if (height === 0) return scaleUs * sum ** (1 / shape);
  const own = (ageUs: number) => cumulative(law, ageUs) - height * ageUs;
  if (shape === 1) return height * scaleUs >= 1 ? Number.POSITIVE_INFINITY : sum / (1 / scaleUs - height);
  const crossing = crossingAge(law, height);
  if (shape < 1) {
    if (own(crossing) <= sum) return Number.POSITIVE_INFINITY;
    return bisect((ageUs) => own(ageUs) - sum, scaleUs * sum ** (1 / shape), crossing);
  }
  const before = own(crossing);
  let high = Math.max(2 * crossing, scaleUs);
  while (own(high) - before < sum) high *= 2;
  return bisect((ageUs) => own(ageUs) - before - sum, crossing, high);
}

function cumulative({ shape, scaleUs }: WeibullLaw, ageUs: number): number {
  return (ageUs / scaleUs) ** shape;
}

/** Where the hazard is `height`; shape 1 has no such age. */
function crossingAge({ shape, scaleUs }: WeibullLaw, height: number): number {
  return scaleUs * ((height * scaleUs) / shape) ** (1 / (shape - 1));
}

/** Share of all events that come from the hazard below `height`. */
function shareBelow(law: WeibullLaw, height: number): number {
  const crossing = crossingAge(law, height);
  const survival = Math.exp(-cumulative(law, crossing));
  const early = timeLived(law, crossing);
  return law.shape < 1
    ? survival + height * early
    : 1 - survival + height * (timeLived(law, Number.POSITIVE_INFINITY) - early);
}

/** Beyond it nothing of exp(−x) is left in double precision. */
const ALL = 50;
const INTERVALS = 400;

/** Mean time spent at ages below `ageUs`: the integral of the survival function, by Simpson's rule. */
function timeLived(law: WeibullLaw, ageUs: number): number {
  const { shape, scaleUs } = law;
  // t = scale · v^power: smooth at 0 for every shape, and ends early enough for heavy tails.
  const power = 3 * Math.max(1, 1 / shape);
  const inner = shape * power;
  const end = Math.min((ageUs / scaleUs) ** (1 / power), ALL ** (1 / inner));
  const width = end / INTERVALS;
  let sum = 0;
  for (let i = 0; i <= INTERVALS; i++) {
    const v = i * width;
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * power * v ** (power - 1) * Math.exp(-(v ** inner));
  }
  return (scaleUs * sum * width) / 3;
}

/** A root of an increasing function between `low` and `high`. */
function bisect(of: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (of(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
