/** Small helpers for the accuracy page. */
import { mean } from 'd3-array';

/** A Markdown table; the first column is text, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** `+2.3`, in per cent of the measured value. */
export function signedPercent(simulated: number, measured: number): string {
  return signed(percentError(simulated, measured));
}

export function signed(percent: number, digits = 1): string {
  const text = Math.abs(percent).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${percent > 0 ? '+' : '−'}${text}`;
}

export function percentError(simulated: number, measured: number): number {
  return 100 * (simulated / measured - 1);
}

export function meanAbsolute(values: readonly number[]): number {
  return mean(values, Math.abs)!;
}
