/** `servesim validate`: replay a measured run, print how far off the simulation is, write its report. */
import { join } from 'node:path';
import { formatDuration } from '../core/units.ts';
import type { Reference, ValidationReport } from '../report/validation.ts';
import { validationConsole } from '../report/validation-console.ts';
import { errorsCsv, validatedRequestsCsv, validationJson } from '../report/validation-files.ts';
import { validationHtml } from '../report/validation-html.ts';
import { validate } from '../study/validate/validate.ts';
import { checkResultsFolder, writeFiles } from '../study/validate/write-files.ts';
import { compileSimulation } from './compiler.ts';
import { progressLine, wantsColor } from './terminal.ts';

export interface ValidateArguments {
  readonly measured: string;
  readonly study: string;
  readonly set: readonly string[];
  readonly reference: Reference;
  readonly peer: string | null;
  readonly prefixes: string | null;
  readonly output: string | null;
  readonly json: boolean;
}

/** Returns the exit code. */
export async function validateCommand(given: ValidateArguments): Promise<number> {
  const { measured, study, set, reference, peer, prefixes, output, json } = given;
  if (output !== null) checkResultsFolder(output, FILES);
  compileSimulation();
  const line = progressLine();
  const report = await validate(measured, study, {
    set,
    reference,
    ...(peer === null ? {} : { peer }),
    ...(prefixes === null ? {} : { prefixes }),
    onProgress: (timeUs, sent, requests) =>
      line.show(() => `${sent} of ${requests} requests sent, ${formatDuration(timeUs)} simulated`),
  }).finally(() => line.clear());
  if (output !== null) writeFiles(output, files(report));
  const { stdout } = process;
  if (json) stdout.write(`${JSON.stringify(validationJson(report), null, 2)}\n`);
  else {
    const columns = Math.min(100, stdout.columns || 80);
    stdout.write(validationConsole(report, { columns, color: wantsColor(stdout) }));
    if (output !== null) stdout.write(`\nReport: ${join(output, 'report.html')}\n`);
  }
  return 0;
}

const FILES = ['validation.json', 'errors.csv', 'requests.csv', 'report.html'] as const;

function files(report: ValidationReport): Record<(typeof FILES)[number], string> {
  return {
    'validation.json': `${JSON.stringify(validationJson(report), null, 2)}\n`,
    'errors.csv': errorsCsv(report),
    'requests.csv': validatedRequestsCsv(report),
    'report.html': validationHtml(report),
  };
}
