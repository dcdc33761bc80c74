/** The variants of a study: its runs grouped by the values of the swept keys, seeds of one variant together. */
import type { RunReport } from './study-report.ts';

export interface Variant {
  title: string;
  /** In the study's order; at least one. */
  runs: RunReport[];
}

/** Variants in the order in which the study first runs them. */
export function variantsOf(runs: readonly RunReport[]): Variant[] {
  const groups = new Map<string, Variant>();
  for (const run of runs) {
    const key = JSON.stringify(run.variant);
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else groups.set(key, { title: run.title, runs: [run] });
  }
  return [...groups.values()];
}

/**
 * The swept keys in order of appearance with a short name for each: the last part of `deployment.max_model_len`, or
 * the whole key where two would be the same.
 */
export function shortKeys(variants: readonly Record<string, unknown>[]): { key: string; short: string }[] {
  const keys = [...new Set(variants.flatMap((variant) => Object.keys(variant)))];
  const shorts = keys.map((key) => key.slice(key.lastIndexOf('.') + 1));
  return keys.map((key, i) => {
    const unique = shorts.filter((short) => short === shorts[i]).length === 1;
    return { key, short: unique && !TAKEN.has(shorts[i]!) ? shorts[i]! : key };
  });
}

/** Column names that a swept key must not repeat. */
const TAKEN = new Set(['run_id', 'seed', 'request_rate', 'burstiness', 'max_concurrency', 'label']);
