/** The part of the accuracy page on what the differences between vLLM's versions are worth on the measured runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mean } from 'd3-array';
import type { RequestLatencies } from '../../src/metrics/error-table.ts';
import { openValidation, replay } from '../../src/study/validate/replay.ts';
import { percentError, signed, table } from './markdown.ts';
import { OLDER_RULES } from './older-engine.ts';

const STUDIES = new URL('./studies/', import.meta.url).pathname;
const RUNS = ['rtx4090-llama-3.1-8b', 'rtxpro6000-llama-3.1-8b'];

/** Replays the runs that 0.19 recorded with single rules of 0.19. */
export async function versionsSection(folder: string): Promise<string> {
  const runs = RUNS.filter((run) => existsSync(join(folder, run)));
  const rows: string[][] = [];
  const opened = await Promise.all(
    runs.map((run) => openValidation(join(folder, run, 'requests.csv'), join(STUDIES, `${run}.yaml`))),
  );
  const today = [];
  for (const { run, inputs } of opened) today.push(await replay(run, inputs));
  for (const { name, apply } of OLDER_RULES) {
    const cells: string[] = [];
    for (const [i, { run, inputs }] of opened.entries()) {
      const takeBack = apply();
      const older = await replay(run, inputs).finally(takeBack);
      cells.push(`${changes(older, today[i]!)}; ${today[i]!.preemptions} → ${older.preemptions} preemptions`);
    }
    rows.push([name, ...cells]);
  }
  return table(['the rule of 0.19 instead of that of 0.33', ...runs], rows);
}

function changes(older: RequestLatencies, today: RequestLatencies): string {
  const change = (key: keyof RequestLatencies) => signed(percentError(mean(older[key])!, mean(today[key])!), 2);
  return `TTFT ${change('ttftUs')} %, TPOT ${change('tpotUs')} %, E2E ${change('e2elUs')} %`;
}
