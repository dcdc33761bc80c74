/**
 * The answer of a study in a sentence or two: whether the SLO holds and by how much, and which variant is best where
 * there are several. It states what the numbers say and on how many seeds they rest, nothing more.
 */
import { bestVariant } from './best-variant.ts';
import { duration, listed, number, percent, plural } from './format.ts';
import { lossesOfVariants, lostRequests } from './losses.ts';
import type { RunReport, StudyReport } from './study-report.ts';
import { variantsOf } from './variants.ts';
import { againstLimit, boundName } from './wording.ts';

/** Sentences, without line breaks. */
export function answer(study: StudyReport): string {
  const variants = variantsOf(study.runs);
  const [first] = study.runs;
  if (first === undefined) return 'The study has no runs.';
  if (variants.length > 1) return bestVariant(variants);
  if (study.runs.length > 1) return [replications(study.runs), ...lossesOfVariants(variants)].join(' ');
  return `${oneRun(first)} One run, seed ${first.seed}.`;
}

function oneRun({ summary }: RunReport): string {
  if (summary.sim.stuck !== null) return `The queue is stuck: ${summary.sim.stuck.replace(/\.$/, '')}.`;
  if (summary.completed === 0) return `No request finished (${lostRequests(summary) || 'none arrived'}).`;
  const lost = lostRequests(summary);
  const ending = lost === '' ? '.' : `; ${lost}.`;
  const { slo, slo_met, goodput_share } = summary.sim;
  if (slo.length === 0) {
    return (
      `Half of the requests get their first token within ${duration(summary.p50_ttft_ms)}, 99 % within ` +
      `${duration(summary.p99_ttft_ms)}; the deployment writes ${number(summary.output_throughput)} output tokens/s${ending}`
    );
  }
  // Missed bounds first: they are the news.
  const bounds = [...slo.filter(({ met }) => met === false), ...slo.filter(({ met }) => met !== false)].map(
    (verdict) =>
      verdict.measured_ms === null
        ? `${boundName(verdict)} could not be measured`
        : `${boundName(verdict)} is ${duration(verdict.measured_ms)} (${againstLimit(verdict)})`,
  );
  const share = goodput_share === null ? '' : `; ${percent(goodput_share)} of the requests are within every limit`;
  return `${sloHolds(slo_met)}: ${listed(bounds)}${share}${ending}`;
}

function sloHolds(met: boolean | null): string {
  if (met === null) return 'The SLO cannot be judged';
  return met ? 'The SLO is met' : 'The SLO is missed';
}

/** Several seeds of one configuration: the range that each number took. */
function replications(runs: readonly RunReport[]): string {
  const summaries = runs.map((run) => run.summary);
  const stuck = summaries.filter(({ sim }) => sim.stuck !== null).length;
  if (stuck > 0) return `The queue gets stuck in ${stuck} of ${runs.length} runs.`;
  const seeds = plural(runs.length, 'seed');
  const slo = summaries[0]!.sim.slo;
  if (slo.length === 0) {
    const ttft = range(
      summaries.map((summary) => summary.p99_ttft_ms),
      duration,
    );
    const throughput = range(
      summaries.map((summary) => summary.output_throughput),
      number,
    );
    return `Over ${seeds}, TTFT p99 is ${ttft} and the deployment writes ${throughput} output tokens/s.`;
  }
  const met = summaries.filter(({ sim }) => sim.slo_met === true).length;
  const bounds = slo.map((bound, i) => {
    const measured = range(
      summaries.map(({ sim }) => sim.slo[i]!.measured_ms),
      duration,
    );
    return `${boundName(bound)} is ${measured} (limit ${duration(bound.limit_ms)})`;
  });
  return `The SLO is met in ${met} of ${runs.length} runs, one a seed: ${listed(bounds)}.`;
}

/** `1.10 s to 1.38 s`, or the one value where they read the same. */
function range(values: readonly (number | null)[], format: (value: number | null) => string): string {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return format(null);
  const low = format(Math.min(...measured));
  const high = format(Math.max(...measured));
  return low === high ? low : `${low} to ${high}`;
}
