/**
 * `summary.json`: the fields of `vllm bench serve --save-result` in its order, then `sim`. Keys keep the order in
 * which `summarize` made them, so equal runs give equal bytes.
 */
import type { Summary } from '../metrics/summary.ts';

/** Two-space JSON with a line end. */
export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}
