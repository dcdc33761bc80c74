/** `tune.csv`: one row a candidate, those that were not tried or do not start included. */

import { csvText } from '../csv.ts';
import { scalar } from '../summary-table.ts';
import { shortKeys } from '../variants.ts';
import type { TuneCandidateReport, TuneReport } from './tune-report.ts';

type Cell = string | number | boolean | null;

/** Of each metric `ttft_p99` (the mean over seeds), `ttft_p99_low` and `ttft_p99_high`; of each bound `goodput_decision`. */
export function tuneCsv(report: TuneReport): string {
  const { candidates, metrics, bounds } = report;
  const settings = shortKeys(candidates.map((each) => ({ ...each.settings })));
  const header = [
    'candidate',
    ...settings.map(({ short }) => short),
    ...['is_best', 'state', 'decision', 'seeds'],
    ...metrics.flatMap(({ name }) => [name, `${name}_low`, `${name}_high`]),
    ...bounds.flatMap(({ metric }) => [`${metric}_decision`, `${metric}_replications_needed`]),
    ...['gpus', 'max_concurrency', 'kv_cache_tokens', 'beaten_by', 'pareto', 'reason'],
  ];
  const row = (each: TuneCandidateReport): Cell[] => [
    each.name,
    ...settings.map(({ key }) => scalar(each.settings[key])),
    ...[each.name === report.best, each.state, each.decision, each.runs.length],
    ...metrics.flatMap(({ name }) => {
      const { mean = null, low = null, high = null } = each.estimates[name] ?? {};
      return [mean, low, high];
    }),
    ...bounds.flatMap((_, i) => {
      const { decision = null, replications_needed = null } = each.verdicts[i] ?? {};
      return [decision, replications_needed];
    }),
    ...[each.gpus, each.max_concurrency, each.kv_cache_tokens, each.beaten_by, each.pareto, each.reason],
  ];
  return csvText([header, ...candidates.map(row)]);
}
