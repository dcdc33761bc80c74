/**
 * Student's t distribution for any positive number of degrees of freedom (Welch's are not whole): quantiles have all but the last
 * few units of a double up to thousands of degrees, and eleven digits at a million.
 * Tail and centre are the regularised incomplete beta function (Abramowitz and Stegun 26.7.1; its continued fraction,
 * 26.5.8, by Lentz's method), each where it is small, so that nothing is lost by subtracting from one. The density's
 * constant Γ(z + 1/2) / Γ(z) comes from its asymptotic series (Graham, Knuth and Patashnik, Concrete Mathematics,
 * exercise 9.60) after stepping up to where that is exact.
 */

/** The `p`-quantile, p above 0 and below 1, of Student's t distribution. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -upperQuantile(p, 0.5 - p, degreesOfFreedom);
  return upperQuantile(1 - p, p - 0.5, degreesOfFreedom);
}

/** The t > 0 with P(T > t) = `tail` and P(0 < T < t) = `centre`, of which the smaller one is used. */
function upperQuantile(tail: number, centre: number, nu: number): number {
  let t = 0;
  // Newton's method on a convex, falling tail: from 0 it comes closer from one side and cannot overshoot.
  for (let i = 0; i < 1000; i++) {
    const at = halves(t, nu);
    const excess = tail < centre ? (at.tail ?? 0.5 - at.centre!) - tail : centre - (at.centre ?? 0.5 - at.tail!);
    const next = t + excess / density(t, nu);
    if (!(next > t)) break;
    if (next - t < 1e-16 * next) return next;
    t = next;
  }
  return t;
}

/** The probability on one side of t >= 0, the smaller of the two: beyond t, or from 0 to t. */
function halves(t: number, nu: number): { tail: number | null; centre: number | null } {
  const square = t * t;
  if (square === 0) return { tail: null, centre: 0 };
  const beyond = nu / (nu + square);
  const within = square / (nu + square);
  // x^a (1 - x)^b / B(a, b) is t times the density; the fractions converge quickly on these sides.
  const front = t * density(t, nu);
  if (beyond < (nu / 2 + 1) / (nu / 2 + 2.5))
    return { tail: (front * betaFraction(beyond, nu / 2, 0.5)) / nu, centre: null };
  return { tail: null, centre: front * betaFraction(within, 0.5, nu / 2) };
}

function density(t: number, nu: number): number {
  const constant = gammaRatio(nu / 2) / Math.sqrt(nu * Math.PI);
  return constant * Math.exp((-(nu + 1) / 2) * Math.log1p((t * t) / nu));
}

/** Γ(z + 1/2) / Γ(z), z > 0. */
function gammaRatio(z: number): number {
  let factor = 1;
  for (; z < 30; z++) factor *= z / (z + 0.5);
  const terms = [39325 / 33554432, 869 / 4194304, -399 / 262144, -21 / 32768, 5 / 1024, 1 / 128, -1 / 8, 1];
  return factor * Math.sqrt(z) * terms.reduce((sum, term) => sum / z + term, 0);
}

const TINY = 1e-300;
const MOST_TERMS = 100_000;

/** The continued fraction of the incomplete beta function. */
function betaFraction(x: number, a: number, b: number): number {
  const keep = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / keep(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / keep(1 + term * d);
      c = keep(1 + term / c);
      change = d * c;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}
