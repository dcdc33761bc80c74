/**
 * The part of the accuracy page on a real vLLM server on a CPU, which has no kernel times at all: a step model is fitted
 * to one run of a server and predicts its others.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../../src/catalog/calibration.ts';
import { compareRuns } from '../../src/metrics/error-table.ts';
import { calibrate } from '../../src/study/calibrate/calibrate.ts';
import { withLaw } from '../../src/study/calibrate/replays.ts';
import { measuredLatencies } from '../../src/study/validate/latencies.ts';
import { openValidation, replay } from '../../src/study/validate/replay.ts';
import { signed, table } from './markdown.ts';

const STUDIES = new URL('./studies/', import.meta.url).pathname;

/** Runs of a server in the order of load. */
const SERVERS: Readonly<Record<string, readonly string[]>> = { A: ['A1', 'A2'], B: ['B1', 'B3'] };

/** Fits on each run of a server and scores on all of them. */
export async function cpuSection(folder: string): Promise<string> {
  const rows: string[][] = [];
  const laws: string[][] = [];
  for (const [server, runs] of Object.entries(SERVERS)) {
    const study = join(STUDIES, `cpu-${server}.yaml`);
    const files = runs.map((run) => join(folder, `${run}.json`)).filter((file) => existsSync(file));
    for (const [i, fitted] of files.entries()) {
      const { calibration } = await calibrate([fitted], study);
      laws.push([runs[i]!, ...lawCells(calibration.law, calibration.front_end_us)]);
      for (const [j, scored] of files.entries())
        rows.push([`${runs[i]} → ${runs[j]}`, ...(await scoreCells(scored, study, calibration))]);
    }
  }
  return [
    table(
      ['fitted on', 'base, ms', 'a decode, µs', 'a prompt token, µs', '1,000 tokens of context, ms', 'front end, ms'],
      laws,
    ),
    '',
    table(
      [
        'fitted on → scored on',
        'TTFT mean, %',
        'TPOT mean, %',
        'E2E mean, %',
        'mean of 15 \\|errors\\|, %',
        'preemptions simulated',
      ],
      rows,
    ),
  ].join('\n');
}

function lawCells(law: Calibration['law'], frontEndUs: number | null): string[] {
  if (law.form !== 'step_model') throw new Error('a CPU has no kernel times to scale');
  return [
    (law.base_us / 1e3).toFixed(1),
    law.per_decode_us.toFixed(0),
    law.per_prompt_token_us.toFixed(0),
    law.per_context_token_us.toFixed(2),
    frontEndUs === null ? 'not identified' : (frontEndUs / 1e3).toFixed(1),
  ];
}

async function scoreCells(measured: string, study: string, { law, front_end_us }: Calibration): Promise<string[]> {
  const { run, inputs, measured: server } = await openValidation(measured, study);
  const simulated = await replay(withLaw(run, { law, frontEndUs: front_end_us }), inputs);
  const errors = compareRuns(measuredLatencies(server, 'arrival', measured), simulated);
  const means = errors.cells.filter((cell) => cell.statistic === 'mean').map((cell) => signed(cell.errorPercent));
  return [...means, errors.meanAbsErrorPercent.toFixed(1), String(simulated.preemptions)];
}
