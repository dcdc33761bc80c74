/** Remembers a function of a small natural number, so that a simulation computes each value once. */

/** `compute(n)` for n >= 0, computed at the first call and read from an array after it. */
export function memoize(compute: (n: number) => number): (n: number) => number {
  let values = new Float64Array(1024).fill(Number.NaN);
  return (n) => {
    if (n >= values.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(n + 1))).fill(Number.NaN);
      grown.set(values);
      values = grown;
    }
    const known = values[n]!;
    if (!Number.isNaN(known)) return known;
    const value = compute(n);
    values[n] = value;
    return value;
  };
}
