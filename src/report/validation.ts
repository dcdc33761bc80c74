/** What the writers of a validation are given: a measured run beside its simulation. Plain data. */
import type { CdfCurve } from '../metrics/curves.ts';
import type { ComparedMetric, ErrorCell, ErrorTable } from '../metrics/error-table.ts';
import type { InProgress } from '../metrics/in-progress.ts';
import { duration, NO_VALUE } from './format.ts';
import type { RunReport } from './study-report.ts';

/** Where the clock of a measured request starts: the client sent it, or the engine took it into its queue. */
export type Reference = 'arrival' | 'queued';

/** Times of one side in milliseconds. */
export interface SideMs {
  readonly ttft: number;
  /** null: one output token has no time between tokens. */
  readonly tpot: number | null;
  readonly e2el: number;
}

/** One request, both sides. */
export interface ValidatedRequest {
  /** As the measured run names it. */
  readonly id: string;
  readonly arrivalS: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly measured: SideMs;
  /** null: it did not finish. */
  readonly simulated: SideMs | null;
  /** null: the peer, if there is one, does not have it. */
  readonly peer: SideMs | null;
  readonly preemptions: number;
}

/** What stands on one side of a chart. */
export interface Side {
  /** `measured`, `simulated`, `peer`. */
  readonly name: string;
  readonly cdf: Readonly<Record<ComparedMetric, CdfCurve>>;
  /** Requests sent and not answered, and requests writing; null: not drawn. */
  readonly load: { readonly inFlight: InProgress; readonly writing: InProgress } | null;
}

export interface ValidationReport {
  /** The study's. */
  readonly name: string;
  readonly question: string | null;
  readonly measured: {
    readonly file: string;
    readonly format: string;
    readonly requests: number;
    readonly dropped: readonly { readonly id: string; readonly reason: string }[];
    /** From the first arrival to the last token, seconds. */
    readonly spanS: number;
    /** From the first arrival to the last, seconds. */
    readonly arrivalsS: number;
    readonly promptTokens: number;
    readonly outputTokens: number;
  };
  /** Which prompts share blocks; null: none are known to. */
  readonly prefixFile: string | null;
  readonly reference: Reference;
  readonly errors: ErrorTable;
  /** Of another simulator. */
  readonly peer: { readonly file: string; readonly errors: ErrorTable } | null;
  /** Simulated requests that are refused or cut short, unlike the server's. */
  readonly shortened: number;
  readonly preemptions: number;
  readonly requests: readonly ValidatedRequest[];
  readonly sides: readonly Side[];
  readonly run: RunReport;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}

/** A file beside the measured one by its name alone, any other by its path. */
export function fileName(path: string, measured: string): string {
  const folderOf = (file: string) => file.slice(0, file.length - baseName(file).length);
  return folderOf(path) === folderOf(measured) ? `${baseName(path)} beside it` : path;
}

/** `TTFT`, `TPOT`, `E2EL`, as `vllm bench serve` prints them. */
export function metricName(metric: ComparedMetric): string {
  return metric.toUpperCase();
}

/** `TTFT p99`. */
export function cellName({ metric, statistic }: ErrorCell): string {
  return `${metricName(metric)} ${statistic}`;
}

/** `+2.14 %`, `-0.37 %`; a percentage of a percentage needs no more. */
export function signedPercent(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NO_VALUE;
  // 9.999 is written as 10.0.
  const text = Math.abs(value).toFixed(Math.abs(value) < 9.995 ? 2 : 1);
  if (Number(text) === 0) return `${text} %`;
  return `${value < 0 ? '-' : '+'}${text} %`;
}

/** `2.14 %`. */
export function plainPercent(value: number | null): string {
  return signedPercent(value === null ? null : Math.abs(value)).replace('+', '');
}

/** The peer's error in the same cell. */
export function peerError({ peer }: ValidationReport, { metric, statistic }: ErrorCell): number | null {
  const cell = peer?.errors.cells.find((each) => each.metric === metric && each.statistic === statistic);
  return cell?.errorPercent ?? null;
}

/** The result in two sentences. */
export function validationAnswer(report: ValidationReport): string {
  const { errors, peer } = report;
  const { worst, cells } = errors;
  if (worst === null) return 'No request finished in the simulation, so there is nothing to compare.';
  const direction = worst.errorPercent < 0 ? 'low' : 'high';
  const against = peer === null ? '' : `; the peer's by ${plainPercent(peer.errors.meanAbsErrorPercent)}`;
  return (
    `Over ${errors.requests} requests the simulated latencies are off by ${plainPercent(errors.meanAbsErrorPercent)} ` +
    `on average over ${cells.length} statistics${against}. The worst is ${cellName(worst)}, ` +
    `${plainPercent(worst.errorPercent)} too ${direction} (${duration(worst.simulatedMs)} instead of ${duration(worst.measuredMs)}).`
  );
}
