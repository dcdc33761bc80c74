/**
 * The Pareto front: what no other candidate beats in one objective without losing in another (Kung, Luccio and Preparata,
 * On finding the maxima of a set of vectors, Journal of the ACM 22(4), 1975, define it; compared here pair by pair,
 * best first, which is enough for the thousands of candidates of a study).
 */

export type Sense = 'min' | 'max';

/** A candidate's place: on the front, beaten by the candidate at an index, or without a value for some objective. */
export type ParetoPlace =
  | { readonly kind: 'front' }
  | { readonly kind: 'dominated'; readonly by: number }
  | { readonly kind: 'incomplete' };

/** Places of candidates, in their order. Each has a value for each objective; null or NaN: not measured. Equal ones share their place. */
export function paretoPlaces(
  candidates: readonly (readonly (number | null)[])[],
  senses: readonly Sense[],
): ParetoPlace[] {
  const costs = candidates.map((values) => senses.map((sense, i) => costOf(values[i], sense)));
  const complete = [...costs.keys()].filter((i) => !costs[i]!.some(Number.isNaN));
  const places = costs.map((): ParetoPlace => ({ kind: 'incomplete' }));
  const front: number[] = [];
  // Whoever dominates comes first in this order, and if it is dominated itself, so does somebody on the front.
  for (const index of complete.sort((a, b) => lexical(costs[a]!, costs[b]!) || a - b)) {
    const by = front.find((other) => dominates(costs[other]!, costs[index]!));
    places[index] = by === undefined ? { kind: 'front' } : { kind: 'dominated', by };
    if (by === undefined) front.push(index);
  }
  return places;
}

/** Indices of the candidates on the front, in their order. */
export function paretoFront(candidates: readonly (readonly (number | null)[])[], senses: readonly Sense[]): number[] {
  return [...paretoPlaces(candidates, senses).entries()].filter(([, { kind }]) => kind === 'front').map(([i]) => i);
}

function costOf(value: number | null | undefined, sense: Sense): number {
  if (value === null || value === undefined) return Number.NaN;
  return sense === 'min' ? value : -value;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, i) => cost <= b[i]!) && a.some((cost, i) => cost < b[i]!);
}

function lexical(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((cost, at) => cost !== b[at]);
  return i < 0 ? 0 : a[i]! < b[i]! ? -1 : 1;
}
