/** A validation as files for programs: `validation.json`, `errors.csv`, `requests.csv`. */
import type { ComparedMetric, ErrorCell, ErrorTable } from '../metrics/error-table.ts';
import { csvText } from './csv.ts';
import type { SideMs, ValidationReport } from './validation.ts';

/** The content of `validation.json`. Times in milliseconds, errors in percent. */
export function validationJson(report: ValidationReport): Record<string, unknown> {
  const { measured, errors, peer, run } = report;
  return {
    servesim_version: run.summary.sim.servesim_version,
    vllm_version: run.summary.sim.vllm_version,
    name: report.name,
    question: report.question,
    run_id: run.runId,
    seed: run.seed,
    measured: {
      file: measured.file,
      format: measured.format,
      requests: measured.requests,
      dropped: measured.dropped,
      prompt_tokens: measured.promptTokens,
      output_tokens: measured.outputTokens,
      duration_s: measured.spanS,
      prefix_blocks: report.prefixFile,
    },
    reference: report.reference,
    ...tableJson(errors),
    cells: errors.cells.map((cell) => ({ ...cellJson(cell), ...peerCell(report, cell) })),
    preemptions: report.preemptions,
    shortened_requests: report.shortened,
    peer: peer === null ? null : { file: peer.file, ...tableJson(peer.errors) },
    notes: run.notes,
  };
}

function tableJson({ requests, meanAbsErrorPercent, worst, pairedPercent }: ErrorTable): Record<string, unknown> {
  return {
    compared_requests: requests,
    mean_abs_error_percent: Number.isNaN(meanAbsErrorPercent) ? null : meanAbsErrorPercent,
    worst: worst === null ? null : cellJson(worst),
    paired_median_abs_error_percent: pairedPercent,
  };
}

function cellJson({ metric, statistic, measuredMs, simulatedMs, errorPercent }: ErrorCell): Record<string, unknown> {
  return { metric, statistic, measured_ms: measuredMs, simulated_ms: simulatedMs, error_percent: errorPercent };
}

function peerCell({ peer }: ValidationReport, { metric, statistic }: ErrorCell): Record<string, unknown> {
  if (peer === null) return {};
  const cell = peer.errors.cells.find((each) => each.metric === metric && each.statistic === statistic);
  return { peer_ms: cell?.simulatedMs ?? null, peer_error_percent: cell?.errorPercent ?? null };
}

/** `errors.csv`: one row a statistic of a latency. */
export function errorsCsv(report: ValidationReport): string {
  const rows = report.errors.cells.map((cell) => ({ ...cellJson(cell), ...peerCell(report, cell) }));
  const header = ['metric', 'statistic', 'measured_ms', 'simulated_ms', 'error_percent'];
  if (report.peer !== null) header.push('peer_ms', 'peer_error_percent');
  return csvText([
    header,
    ...rows.map((row) => header.map((name) => row[name as keyof typeof row] as string | number)),
  ]);
}

const METRICS: readonly ComparedMetric[] = ['ttft', 'tpot', 'e2el'];

/** `requests.csv`: one row a request, both sides; empty where a side has no value. */
export function validatedRequestsCsv({ requests, peer }: ValidationReport): string {
  const sides = ['measured', 'simulated', ...(peer === null ? [] : (['peer'] as const))] as const;
  const header = [
    ...['id', 'arrival_s', 'prompt_tokens', 'output_tokens'],
    ...sides.flatMap((side) => METRICS.map((metric) => `${side}_${metric}_ms`)),
    'preemptions',
  ];
  const values = (side: SideMs | null) => METRICS.map((metric) => side?.[metric] ?? null);
  const rows = requests.map((request) => [
    ...[request.id, request.arrivalS, request.promptTokens, request.outputTokens],
    ...sides.flatMap((side) => values(request[side as 'measured' | 'simulated' | 'peer'])),
    request.preemptions,
  ]);
  return csvText([header, ...rows]);
}
