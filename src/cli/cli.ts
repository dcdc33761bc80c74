/** Commands and options, and what becomes of errors. */
import yargs from 'yargs';
import { didYouMean, InputError } from '../core/input-error.ts';
import { PACKAGE_VERSION } from '../study/package-files.ts';
import {
  CALIBRATE_OPTIONS,
  CHECK_OPTIONS,
  CONFORM_OPTIONS,
  MERGE_OPTIONS,
  RUN_OPTIONS,
  TUNE_OPTIONS,
  VALIDATE_OPTIONS,
  WORKER_OPTIONS,
} from './options.ts';
import { parseWorkers, runningOf } from './running-options.ts';
import { seedsText, sweepFileNames } from './sweep-files.ts';

/** Names of commands and their options, for suggestions. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  run: Object.keys(RUN_OPTIONS),
  merge: Object.keys(MERGE_OPTIONS),
  worker: Object.keys(WORKER_OPTIONS),
  check: Object.keys(CHECK_OPTIONS),
  tune: Object.keys(TUNE_OPTIONS),
  conform: Object.keys(CONFORM_OPTIONS),
  validate: Object.keys(VALIDATE_OPTIONS),
  calibrate: Object.keys(CALIBRATE_OPTIONS),
};

/** Runs the command line and returns the exit code. */
export async function cli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  // Words after -- are a serve line, whose flags are vLLM's.
  const { own, serve } = splitServeLine(args);
  const parser = yargs(own as string[])
    .scriptName('servesim')
    .usage('$0 <command>\n\nSimulates vLLM serving: latency, throughput, KV pressure and preemptions of a deployment.')
    .version(PACKAGE_VERSION)
    .parserConfiguration({ 'camel-case-expansion': false })
    .command(
      'run <study>',
      'Simulate a study file and report its results',
      (command) =>
        command
          .positional('study', { type: 'string', demandOption: true, describe: 'Study file (YAML)' })
          .options(RUN_OPTIONS)
          .example('$0 run experiments/quickstart.yaml -o results', ''),
      async ({ study, output, seeds, set: settings, fresh, 'dry-run': dryRun, json, ...given }) => {
        // A command's code is loaded when it is called for: most of it belongs to run.
        const { runCommand } = await import('./run.ts');
        const text = {
          study,
          output: single('output', output),
          seeds: seedsText(single('seeds', seeds), given),
          set: settings ?? [],
          sweepFiles: sweepFileNames(given),
          running: runningOf(given),
        };
        exitCode = await runCommand({ ...text, fresh, dryRun, json });
      },
    )
    .command(
      'merge <study> <folder..>',
      'Put together what the shards of a study have written',
      (command) =>
        command
          .positional('study', { type: 'string', demandOption: true, describe: 'Study file (YAML)' })
          .positional('folder', { type: 'string', array: true, demandOption: true, describe: 'Results of shards' })
          .options(MERGE_OPTIONS)
          .example('$0 merge study.yaml part-1 part-2 -o results', ''),
      async ({ study, folder, output, seeds, set: settings, json, ...given }) => {
        const { mergeCommand } = await import('./merge.ts');
        exitCode = await mergeCommand({
          ...{ study, folders: folder as string[], output: single('output', output)!, set: settings ?? [], json },
          seeds: seedsText(single('seeds', seeds), given),
          sweepFiles: sweepFileNames(given),
        });
      },
    )
    .command(
      'worker',
      'Simulate runs that servesim run --queue hands out, until it is stopped',
      (command) => command.options(WORKER_OPTIONS).example('$0 worker --queue redis://host:6379', ''),
      async ({ queue, workers }) => {
        const { workerCommand } = await import('./worker.ts');
        exitCode = await workerCommand({ queue: single('queue', queue)!, workers: single('workers', workers) });
      },
    )
    .command(
      'check [study]',
      'Would vLLM start? Weights, KV blocks, and what would make it',
      (command) =>
        command
          .positional('study', { type: 'string', describe: 'Study file (YAML)' })
          .options(CHECK_OPTIONS)
          .example('$0 check --gpu h100-sxm -- vllm serve MODEL --max-model-len 32768', ''),
      async ({ study, gpu, set: settings, json }) => {
        const { checkCommand } = await import('./check.ts');
        exitCode = checkCommand({ study: study ?? null, gpu: single('gpu', gpu), serve, set: settings ?? [], json });
      },
    )
    .command(
      'tune <study>',
      'Search the settings that a study asks for: smallest, highest, cheapest',
      (command) =>
        command
          .positional('study', { type: 'string', demandOption: true, describe: 'Study file with tune: (YAML)' })
          .options(TUNE_OPTIONS)
          .example('$0 tune study.yaml -o tuned', ''),
      async ({ study, output, set: settings, workers, 'dry-run': dryRun, json }) => {
        const { tuneCommand } = await import('./tune.ts');
        exitCode = await tuneCommand({
          ...{ study, output: single('output', output), set: settings ?? [], dryRun, json },
          workers: workers === undefined ? null : parseWorkers(single('workers', workers)!),
        });
      },
    )
    .command(
      'conform <trace..>',
      'Replay what a real vLLM decided (scheduler traces, KV capacities) and compare all of it',
      (command) =>
        command
          .positional('trace', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: 'Recorded files (.json, .json.gz)',
          })
          .options(CONFORM_OPTIONS),
      async ({ trace, json }) => {
        const { conformCommand } = await import('./conform.ts');
        exitCode = conformCommand({ traces: trace as string[], json });
      },
    )
    .command(
      'validate <measured>',
      'Replay a measured run and say how far off the simulation is',
      (command) =>
        command
          .positional('measured', {
            type: 'string',
            demandOption: true,
            describe: 'JSON of vllm bench serve --save-result --save-detailed, or CSV with one request a row',
          })
          .options(VALIDATE_OPTIONS)
          .example('$0 validate bench.json --study server.yaml -o validation', ''),
      async ({ measured, study, set: settings, reference, prefixes, peer, output, json }) => {
        const { validateCommand } = await import('./validate.ts');
        exitCode = await validateCommand({
          measured,
          study: single('study', study)!,
          set: settings ?? [],
          reference: single('reference', reference) as 'arrival' | 'queued',
          prefixes: single('prefixes', prefixes),
          peer: single('peer', peer),
          output: single('output', output),
          json,
        });
      },
    )
    .command(
      'calibrate <measured..>',
      'Fit step times to measured runs and write a calibration',
      (command) =>
        command
          .positional('measured', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: 'JSON of vllm bench serve --save-result --save-detailed, or CSV with one request a row',
          })
          .options(CALIBRATE_OPTIONS)
          .example('$0 calibrate bench.json --study server.yaml -o calibration.json', ''),
      async ({ measured, study, set: settings, prefixes, output, json }) => {
        const { calibrateCommand } = await import('./calibrate.ts');
        exitCode = await calibrateCommand({
          measured: measured as string[],
          study: single('study', study)!,
          set: settings ?? [],
          prefixes: single('prefixes', prefixes),
          output: single('output', output),
          json,
        });
      },
    )
    .demandCommand(1, 'Which command? servesim --help lists them.')
    .strict()
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns || 80))
    .fail((message, error) => {
      // yargs throws errors of its own where an option lacks its value; any other is a fault of this program.
      if (error === undefined || error === null || error.name === 'YError')
        throw new InputError(withNearestName(message ?? error.message, args));
      throw error;
    });
  try {
    refuseStandardInput(own);
    await parser.parseAsync();
    return exitCode;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const lines = error.message.split('\n').map((line) => `servesim: ${line}\n`);
    process.stderr.write(lines.join(''));
    return 2;
  }
}

/** Splits off what follows `--` of a check. */
function splitServeLine(args: readonly string[]): { own: readonly string[]; serve: readonly string[] } {
  const border = args[0] === 'check' ? args.indexOf('--') : -1;
  return border < 0 ? { own: args, serve: [] } : { own: args.slice(0, border), serve: args.slice(border + 1) };
}

/** Files are read more than once. yargs would drop the word without a trace. */
function refuseStandardInput(args: readonly string[]): void {
  const isFile = (word: string, i: number) => word === '-' && i > 0 && !/^--?[a-z]/.test(args[i - 1]!);
  if (args.some(isFile)) throw new InputError('-: standard input can be read only once; expected the name of a file.');
}

/** yargs names an unknown command or option; this adds the nearest known one. */
function withNearestName(message: string, args: readonly string[]): string {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const options = OPTIONS[args[0] ?? ''] ?? [];
  const isOption = args.includes(`--${unknown}`) || args.some((arg) => arg.startsWith(`--${unknown}=`));
  return `${message}.${didYouMean(unknown, isOption ? options : Object.keys(OPTIONS))}`;
}

/** An option that has one value: of two, one would be passed over. */
function single(name: string, value: string | string[] | undefined): string | null {
  if (!Array.isArray(value)) return value ?? null;
  throw new InputError(`--${name} is given ${value.length} times (${value.join(', ')}); expected once.`);
}
