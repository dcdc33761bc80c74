/** The part of the accuracy page on the H100 runs of the BLIS project. */
import { type BlisResult, replayBlisRuns } from './blis-runs.ts';
import { meanAbsolute, percentError, signed, table } from './markdown.ts';
import type { MeanLatencies } from './simulate.ts';

/** Replays the runs and writes what came of it. */
export async function blisSection(folder: string): Promise<string> {
  const results = await replayBlisRuns(folder);
  const errors = (key: keyof MeanLatencies) => results.map((r) => percentError(r.simulated[key], r.measured[key]));
  const [ttft, tpot, e2el] = [errors('ttftMs'), errors('tpotMs'), errors('e2elMs')];
  const measured = (r: BlisResult) =>
    [r.measured.ttftMs, r.measured.tpotMs, r.measured.e2elMs].map((ms) => ms.toFixed(1)).join(' / ');
  return table(
    ['run', 'measured TTFT / TPOT / E2E, ms', 'TTFT, %', 'TPOT, %', 'E2E, %'],
    [
      ...results.map((r, i) => [r.name, measured(r), signed(ttft[i]!), signed(tpot[i]!), signed(e2el[i]!)]),
      [
        '**mean of absolute values**',
        '',
        `**${meanAbsolute(ttft).toFixed(1)}**`,
        `**${meanAbsolute(tpot).toFixed(1)}**`,
        `**${meanAbsolute(e2el).toFixed(1)}**`,
      ],
    ],
  );
}
