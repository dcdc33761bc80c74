/** `servesim run FOLDER`: put the claims of a folder, or of one claim file, to the test. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/input-error.ts';
import type { ClaimsReport } from '../report/claims/claims.ts';
import { claimsConsole } from '../report/claims/claims-console.ts';
import { claimsHtml } from '../report/claims/claims-html.ts';
import { runClaims } from '../study/claims/run-claims.ts';
import { makeFolders } from '../study/make-folders.ts';
import { compileSimulation } from './compiler.ts';
import type { RunArguments } from './run.ts';
import { progressLine, wantsColor } from './terminal.ts';

/** Returns the exit code: 0 whatever the verdicts, which are results. */
export async function claimsCommand(given: RunArguments): Promise<number> {
  const { study, output, json } = given;
  refuseOthers(given);
  compileSimulation();
  const line = progressLine();
  const report = await runClaims(study, ({ claim, index, of }) =>
    line.show(() => `claim ${index}/${of}: ${claim}`),
  ).finally(() => line.clear());
  const { stdout } = process;
  if (json) stdout.write(claimsJson(report));
  else stdout.write(claimsConsole(report, { columns: Math.min(100, stdout.columns || 80), color: wantsColor(stdout) }));
  if (output !== null) {
    const page = write(output, report);
    if (!json) stdout.write(`\nReport: ${page}\n`);
  }
  return 0;
}

/** Options of a study that claims do not take. */
function refuseOthers({ seeds, set, sweepFiles, running, fresh, dryRun }: RunArguments): void {
  const elsewhere = Object.entries(running).find(([, value]) => value !== null);
  if (elsewhere !== undefined)
    throw new InputError(`--${elsewhere[0]}: claims are run one after the other, in one process; remove it.`);
  if (seeds !== null) throw new InputError('--seeds: claim files say their own seeds; remove it.');
  const changes = {
    '--set': set.length > 0,
    '--serve-params': sweepFiles.serveParams !== null,
    '--bench-params': sweepFiles.benchParams !== null,
    '--link-vars': sweepFiles.linkVars !== null,
  };
  const change = Object.entries(changes).find(([, isGiven]) => isGiven);
  if (change !== undefined)
    throw new InputError(`${change[0]}: a claim is tested as it is written; change a copy of its file.`);
  if (fresh) throw new InputError('--fresh: runs of claims are not kept, so all are simulated each time; remove it.');
  if (dryRun) throw new InputError('--dry-run: claim files are checked before anything runs; run them.');
}

function claimsJson(report: ClaimsReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Writes `claims.json` and `claims.html`, each under a temporary name first. Returns the page. */
function write(folder: string, report: ClaimsReport): string {
  const page = join(folder, 'claims.html');
  try {
    makeFolders(folder);
    for (const [file, text] of [
      [join(folder, 'claims.json'), claimsJson(report)],
      [page, claimsHtml(report)],
    ] as const) {
      writeFileSync(`${file}.partial`, text);
      renameSync(`${file}.partial`, file);
    }
  } catch (error) {
    throw new InputError(`${folder}: results cannot be written there: ${(error as Error).message}`);
  }
  return page;
}
