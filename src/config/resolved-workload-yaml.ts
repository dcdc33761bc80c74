/** A resolved workload as the `workload:` section of a study, with every default spelled out. */
import type { Budget, ClassifierBudget, RequestClass, SloBound, Workload } from './resolved.ts';

/** Its settings, as the study file has them. */
export function workloadFields(workload: Workload): Record<string, unknown> {
  const source =
    workload.trace === null ? { synthetic: { name: workload.name, ...workload.spec } } : traceFields(workload.trace);
  const classNames = workload.classes.map(({ name }) => name);
  const classes = Object.fromEntries(workload.classes.map((item) => [item.name, classFields(item, classNames)]));
  return {
    ...withoutEmptyText(source),
    request_rate: workload.request_rate,
    num_requests: workload.num_requests,
    duration: workload.duration_s,
    max_concurrency: workload.max_concurrency,
    ...(workload.trace === null ? { max_sessions: workload.max_sessions } : {}),
    ignore_eos: workload.ignore_eos,
    max_tokens: workload.max_tokens,
    budget: budgetFields(workload.budget, classNames),
    runaway: workload.runaway,
    ...(classNames.length === 0 ? {} : { classes }),
    long_prompts: workload.long_prompts,
  };
}

/** Bounds as `slo:` has them. */
export function sloFields(slo: readonly SloBound[]): Record<string, string> {
  return Object.fromEntries(slo.map(({ metric, statistic, limit_us }) => [`${metric}_${statistic}`, `${limit_us}us`]));
}

function traceFields({ path, format, spread_ms, prefix_blocks, thinking_share }: NonNullable<Workload['trace']>) {
  return {
    trace: path,
    format,
    spread: `${spread_ms}ms`,
    ...(prefix_blocks === null
      ? {}
      : { prefix_blocks: prefix_blocks.path, prefix_block_size: prefix_blocks.block_size }),
    thinking_share,
  };
}

function classFields({ share, request_rate, priority, slo, overrides }: RequestClass, classNames: readonly string[]) {
  return {
    ...(share === null ? {} : { share }),
    ...(request_rate === null ? {} : { request_rate }),
    priority,
    slo: sloFields(slo),
    ...overrides,
    ...(overrides.budget === undefined ? {} : { budget: budgetFields(overrides.budget, classNames) }),
  };
}

function budgetFields(budget: Budget | null, classNames: readonly string[]): unknown {
  if (budget === null) return null;
  return { ...budget, classifier: budget.classifier === null ? null : classifierFields(budget.classifier, classNames) };
}

function classifierFields({ delay_us, by, groups, confusion }: ClassifierBudget, classNames: readonly string[]) {
  const byClass = () => Object.fromEntries(groups.map(({ below: _, ...limits }, i) => [classNames[i]!, limits]));
  return { delay: `${delay_us}us`, confusion, budgets: by === 'class' ? byClass() : groups };
}

/** A specification without description or source has none to write. */
function withoutEmptyText(source: Record<string, unknown>): Record<string, unknown> {
  const { synthetic } = source;
  if (typeof synthetic !== 'object' || synthetic === null) return source;
  return { ...source, synthetic: Object.fromEntries(Object.entries(synthetic).filter(([, value]) => value !== '')) };
}
