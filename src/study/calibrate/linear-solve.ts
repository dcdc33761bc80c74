/** The few small systems of equations that a fit meets: at most as many unknowns as a law has numbers. */

/** `rows`ᵀ `rows`: for unknowns in columns, how much the data say about each and about each pair. */
export function gram(rows: readonly (readonly number[])[]): number[][] {
  const size = rows[0]?.length ?? 0;
  const product = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const row of rows) {
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) product[i]![j]! += row[i]! * row[j]!;
  }
  return product;
}

/** The inverse by Gauss-Jordan elimination with the largest pivots; null: singular to working precision. */
export function inverse(matrix: readonly (readonly number[])[]): number[][] | null {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    }
    const scale = rows[pivot]![column]!;
    if (Math.abs(scale) <= 1e-12 * Math.max(...matrix.map((row, i) => Math.abs(row[i]!)))) return null;
    const chosen = rows[pivot]!.map((value) => value / scale);
    rows[pivot] = rows[column]!;
    rows[column] = chosen;
    for (let i = 0; i < size; i++) {
      const factor = rows[i]![column]!;
      if (i !== column) rows[i] = rows[i]!.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

/**
 * Correlations of the least-squares estimates of the unknowns of `rows`; near 1 or -1: one can be traded for the other
 * without the data noticing. null: some combination leaves no trace at all.
 */
export function estimateCorrelations(rows: readonly (readonly number[])[]): number[][] | null {
  const sizes = gram(rows).map((row, i) => Math.sqrt(row[i]!));
  if (sizes.some((size) => size === 0)) return null;
  const covariance = inverse(gram(rows.map((row) => row.map((value, i) => value / sizes[i]!))));
  if (covariance === null) return null;
  return covariance.map((row, i) => row.map((value, j) => value / Math.sqrt(covariance[i]![i]! * covariance[j]![j]!)));
}
