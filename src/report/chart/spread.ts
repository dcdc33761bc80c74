/** Moves labels apart that would cover each other. */

/**
 * Positions near the wanted ones, in the same order of height, at least `gap` apart and within the limits as far as
 * there is room.
 */
export function spread(wanted: readonly number[], gap: number, [low, high]: readonly [number, number]): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = wanted.map((place) => Math.min(high, Math.max(low, place)));
  order.forEach((i, rank) => {
    const above = order[rank - 1];
    if (above !== undefined) places[i] = Math.max(places[i]!, places[above]! + gap);
  });
  // Pushed past the lower edge: push back up from there.
  let limit = high;
  for (const i of order.toReversed()) {
    places[i] = Math.min(places[i]!, limit);
    limit = places[i]! - gap;
  }
  return places;
}
