/**
 * The minimum of a function of one number without derivatives: steps that double until the function rises, then
 * golden-section search (Kiefer, 1953). A replay's error is a little ragged, so the best point met on the way is taken,
 * not the last.
 */

export interface Point {
  readonly x: number;
  readonly value: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Doublings after which a function that still falls has no minimum worth finding. */
const MOST_DOUBLINGS = 12;

/** Searches from `start` with a first step of `step`, until the minimum is known to `tolerance`. */
export async function minimize(
  evaluate: (x: number) => Promise<number>,
  { start, step, tolerance }: { start: number; step: number; tolerance: number },
): Promise<Point> {
  let best: Point = { x: start, value: Number.POSITIVE_INFINITY };
  const at = async (x: number): Promise<Point> => {
    const point = { x, value: await evaluate(x) };
    if (point.value < best.value) best = point;
    return point;
  };
  let [low, high] = await bracket(at, start, step);
  let left = await at(high - GOLDEN * (high - low));
  let right = await at(low + GOLDEN * (high - low));
  while (high - low > tolerance) {
    if (left.value <= right.value) {
      high = right.x;
      right = left;
      left = await at(high - GOLDEN * (high - low));
    } else {
      low = left.x;
      left = right;
      right = await at(low + GOLDEN * (high - low));
    }
  }
  return best;
}

/** Two numbers between which the minimum lies. */
async function bracket(at: (x: number) => Promise<Point>, start: number, step: number): Promise<[number, number]> {
  const middle = await at(start);
  const [below, above] = [await at(start - step), await at(start + step)];
  if (middle.value <= below.value && middle.value <= above.value) return [below.x, above.x];
  const direction = above.value < below.value ? 1 : -1;
  let [previous, current] = [middle, direction > 0 ? above : below];
  for (let doubling = 1; doubling <= MOST_DOUBLINGS; doubling++) {
    const next = await at(current.x + direction * step * 2 ** doubling);
    if (next.value >= current.value) return [Math.min(previous.x, next.x), Math.max(previous.x, next.x)];
    [previous, current] = [current, next];
  }
  return [Math.min(previous.x, current.x), Math.max(previous.x, current.x)];
}
