/** Shares as people write them. */

/** `95%` or 0.95 → 0.95; NaN where it is neither. */
export function parsePercent(value: string | number): number {
  if (typeof value === 'number') return value;
  const [, digits] = /^(\d+(?:\.\d+)?)\s*%$/.exec(value) ?? [];
  // Of 99.9 the hundredth is 0.9990000000000001.
  return digits === undefined ? Number.NaN : Number((Number(digits) / 100).toPrecision(12));
}
