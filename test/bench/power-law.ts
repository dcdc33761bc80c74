/** How a cost grows: y = c xᵃ, fitted by least squares on the logarithms of both. */

export interface PowerLaw {
  readonly factor: number;
  readonly exponent: number;
}

/** The law through the points; all coordinates above 0, at least two different x. */
export function fitPowerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = mean(logs.map(([x]) => x));
  const meanY = mean(logs.map(([, y]) => y));
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)));
  const variance = mean(logs.map(([x]) => (x - meanX) ** 2));
  const exponent = covariance / variance;
  return { factor: Math.exp(meanY - exponent * meanX), exponent };
}

/** The largest of the values over the smallest: 1 where a cost is flat. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
