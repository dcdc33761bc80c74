/**
 * The part of the accuracy page on runs with every request recorded (github.com/casys-kaist/LLMServingSim): with published
 * kernel times and with the GPU's own profile, as they are and with one number calibrated, beside the peer.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRuns, type ErrorTable } from '../../src/metrics/error-table.ts';
import { calibrate } from '../../src/study/calibrate/calibrate.ts';
import { latenciesOfPeer, measuredLatencies } from '../../src/study/validate/latencies.ts';
import { type OpenValidation, openValidation, replay } from '../../src/study/validate/replay.ts';
import { parsePeerRequests } from '../../src/workload/measured/peer-requests.ts';
import { signed, table } from './markdown.ts';

const STUDIES = new URL('./studies/', import.meta.url).pathname;

/** The profile of the GPU and model of a run, below the folder of kernel profiles. */
const PROFILES: Readonly<Record<string, string>> = {
  'rtx4090-llama-3.1-8b': 'RTX4090/meta-llama/Llama-3.1-8B/bf16',
  'rtxpro6000-llama-3.1-8b': 'RTXPRO6000/meta-llama/Llama-3.1-8B/bf16',
};

interface Variant {
  readonly name: string;
  readonly errors: ErrorTable;
  readonly preemptions: number | null;
}

/** Replays every run below `folder` that has a study here. */
export async function measuredRunsSection(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    const study = join(STUDIES, `${name}.yaml`);
    const measured = join(folder, name, 'requests.csv');
    if (!existsSync(measured) || !existsSync(study)) continue;
    const profile = join(folder, 'kernel-profiles', PROFILES[name]!);
    parts.push(`### ${name}`, '', ...(await runSection(measured, study, profile)), '');
  }
  return parts.join('\n').trimEnd();
}

async function runSection(measured: string, study: string, profile: string): Promise<string[]> {
  const withProfile = [`deployment.latency.profile=${profile}`];
  const generic = await calibrated(measured, study, []);
  const profiled = await calibrated(measured, study, withProfile);
  const variants: Variant[] = [
    { name: 'published kernels, uncalibrated', ...(await errorsOf(measured, study, [])) },
    { name: 'profile of the GPU, uncalibrated', ...(await errorsOf(measured, study, withProfile)) },
    { name: `published kernels, calibrated: ${generic.law}`, errors: generic.errors, preemptions: generic.preemptions },
    { name: `profile, calibrated: ${profiled.law}`, errors: profiled.errors, preemptions: profiled.preemptions },
    await peerOf(measured, study),
  ];
  return [
    table(
      [
        '',
        'mean of 15 \\|errors\\|, %',
        'worst cell, %',
        'half of the requests within (TTFT / TPOT / E2E), %',
        'preemptions',
      ],
      variants.map(summaryRow),
    ),
    '',
    'Errors, %:',
    '',
    table(
      ['', ...['TTFT', 'TPOT', 'E2E'].map((metric) => `${metric} mean, p50, p90, p95, p99`)],
      variants.map(({ name, errors }) => [name, ...cellsByMetric(errors)]),
    ),
    '',
    table(
      ['one number fitted on a part, scored on the other', 'mean of 15 \\|errors\\|, %'],
      [
        ...generic.crossValidation.map(([what, percent]) => [`published kernels: ${what}`, percent]),
        ...profiled.crossValidation.map(([what, percent]) => [`profile: ${what}`, percent]),
      ],
    ),
  ];
}

function summaryRow({ name, errors, preemptions }: Variant): string[] {
  const { worst, pairedPercent } = errors;
  const paired = [pairedPercent.ttft, pairedPercent.tpot, pairedPercent.e2el].map((p) => p?.toFixed(2) ?? '–');
  return [
    name,
    errors.meanAbsErrorPercent.toFixed(2),
    worst === null ? '–' : `${worst.metric} ${worst.statistic} ${signed(worst.errorPercent)}`,
    paired.join(' / '),
    preemptions === null ? 'not known' : String(preemptions),
  ];
}

function cellsByMetric({ cells }: ErrorTable): string[] {
  return ['ttft', 'tpot', 'e2el'].map((metric) =>
    cells
      .filter((cell) => cell.metric === metric)
      .map((cell) => signed(cell.errorPercent))
      .join(', '),
  );
}

async function errorsOf(measured: string, study: string, set: readonly string[]): Promise<Omit<Variant, 'name'>> {
  const open = await openValidation(measured, study, { set });
  const simulated = await replay(open.run, open.inputs);
  return { errors: compareRuns(latencies(open), simulated), preemptions: simulated.preemptions };
}

function latencies({ measured, measuredFile }: OpenValidation) {
  return measuredLatencies(measured, 'arrival', measuredFile);
}

/** The calibration's own replay of the whole run is the one to report. */
async function calibrated(measured: string, study: string, set: readonly string[]) {
  const { calibration, runs } = await calibrate([measured], study, { set });
  const { after, preemptions } = runs[0]!;
  return {
    errors: after,
    preemptions,
    law: lawText(calibration.law),
    crossValidation: calibration.cross_validation.map(
      ({ fitted_on, scored_on, percent }): [what: string, percent: string] => [
        `${part(fitted_on)} → ${part(scored_on)}`,
        percent.toFixed(2),
      ],
    ),
  };
}

function part(name: string): string {
  return name.split(', ').at(-1)!;
}

function lawText(law: { form: string; scale?: number; step_overhead_us?: number }): string {
  return `kernels × ${law.scale!.toFixed(4)} ${law.step_overhead_us! < 0 ? '−' : '+'} ${Math.abs(law.step_overhead_us!)} µs`;
}

async function peerOf(measured: string, study: string): Promise<Variant> {
  const file = join(measured, '..', 'peer_requests.csv');
  const open = await openValidation(measured, study);
  const peer = latenciesOfPeer(open.measured, parsePeerRequests(readFileSync(file, 'utf8'), file), file);
  return {
    name: 'LLMServingSim (its own published output)',
    errors: compareRuns(latencies(open), peer),
    preemptions: null,
  };
}
