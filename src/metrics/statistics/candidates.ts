/**
 * Lists of candidates for a search. They are fixed before it begins and their numbers are short, so that the same search asks for the same runs and
 * a finished run is found again.
 */

/** From `from` to `to`, each at most `precision` (0.02: 2 %) above the one before, at three significant digits; both ends as they are. */
export function geometricCandidates(from: number, to: number, precision: number): number[] {
  const steps = Math.max(1, Math.ceil(Math.log(to / from) / Math.log1p(precision)));
  const between = Array.from({ length: steps - 1 }, (_, i) =>
    Number((from * (to / from) ** ((i + 1) / steps)).toPrecision(3)),
  );
  return [from, ...new Set(between.filter((each) => each > from && each < to)), to];
}

/** From `to` down to `from`, which is the gentlest first for a resource: multiples of `step`, and the two ends. */
export function descendingCandidates(from: number, to: number, step: number): number[] {
  const inside: number[] = [];
  for (let each = Math.ceil(to / step - 1) * step; each > from; each -= step) inside.push(each);
  return from === to ? [to] : [to, ...inside, from];
}
