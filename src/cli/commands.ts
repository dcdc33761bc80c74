/** The commands: their words, and what they call. A command's code is loaded when it is called for: most of it belongs to `run`. */
import type { Argv } from 'yargs';
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
import { single } from './single.ts';
import { seedsText, sweepFileNames } from './sweep-files.ts';

/** Names of commands and their options, for suggestions. */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  run: Object.keys(RUN_OPTIONS),
  merge: Object.keys(MERGE_OPTIONS),
  worker: Object.keys(WORKER_OPTIONS),
  check: Object.keys(CHECK_OPTIONS),
  tune: Object.keys(TUNE_OPTIONS),
  conform: Object.keys(CONFORM_OPTIONS),
  validate: Object.keys(VALIDATE_OPTIONS),
  calibrate: Object.keys(CALIBRATE_OPTIONS),
};

/** Is told the exit code of the command that was called. */
type End = (exitCode: number) => void;

/** `serve`: the words of a serve line, for `check`. */
export function addCommands(parser: Argv, serve: readonly string[], end: End): void {
  addRun(parser, end);
  addMerge(parser, end);
  addWorker(parser, end);
  addCheck(parser, end, serve);
  addTune(parser, end);
  addConform(parser, end);
  addValidate(parser, end);
  addCalibrate(parser, end);
}

function addRun(parser: Argv, end: End): void {
  parser.command(
    'run <study>',
    'Simulate a study file and report its results',
    (command) =>
      command
        .positional('study', { type: 'string', demandOption: true, describe: 'Study file (YAML)' })
        .options(RUN_OPTIONS)
        .example('$0 run experiments/quickstart.yaml -o results', ''),
    async ({ study, output, seeds, set: settings, fresh, 'dry-run': dryRun, json, ...given }) => {
      const { runCommand } = await import('./run.ts');
      const text = {
        study,
        output: single('output', output),
        seeds: seedsText(single('seeds', seeds), given),
        set: settings ?? [],
        sweepFiles: sweepFileNames(given),
        running: runningOf(given),
      };
      end(await runCommand({ ...text, fresh, dryRun, json }));
    },
  );
}

function addMerge(parser: Argv, end: End): void {
  parser.command(
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
      end(
        await mergeCommand({
          ...{ study, folders: folder as string[], output: single('output', output)!, set: settings ?? [], json },
          seeds: seedsText(single('seeds', seeds), given),
          sweepFiles: sweepFileNames(given),
        }),
      );
    },
  );
}

function addWorker(parser: Argv, end: End): void {
  parser.command(
    'worker',
    'Simulate runs that servesim run --queue hands out, until it is stopped',
    (command) => command.options(WORKER_OPTIONS).example('$0 worker --queue redis://host:6379', ''),
    async ({ queue, workers }) => {
      const { workerCommand } = await import('./worker.ts');
      end(await workerCommand({ queue: single('queue', queue)!, workers: single('workers', workers) }));
    },
  );
}

function addCheck(parser: Argv, end: End, serve: readonly string[]): void {
  parser.command(
    'check [study]',
    'Would vLLM start? Weights, KV blocks, and what would make it',
    (command) =>
      command
        .positional('study', { type: 'string', describe: 'Study file (YAML)' })
        .options(CHECK_OPTIONS)
        .example('$0 check --gpu h100-sxm -- vllm serve MODEL --max-model-len 32768', ''),
    async ({ study, gpu, set: settings, json }) => {
      const { checkCommand } = await import('./check.ts');
      end(checkCommand({ study: study ?? null, gpu: single('gpu', gpu), serve, set: settings ?? [], json }));
    },
  );
}

function addTune(parser: Argv, end: End): void {
  parser.command(
    'tune <study>',
    'Search the settings that a study asks for: smallest, highest, cheapest',
    (command) =>
      command
        .positional('study', { type: 'string', demandOption: true, describe: 'Study file with tune: (YAML)' })
        .options(TUNE_OPTIONS)
        .example('$0 tune study.yaml -o tuned', ''),
    async ({ study, output, set: settings, workers, 'dry-run': dryRun, json }) => {
      const { tuneCommand } = await import('./tune.ts');
      end(
        await tuneCommand({
          ...{ study, output: single('output', output), set: settings ?? [], dryRun, json },
          workers: workers === undefined ? null : parseWorkers(single('workers', workers)!),
        }),
      );
    },
  );
}

function addConform(parser: Argv, end: End): void {
  parser.command(
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
      end(conformCommand({ traces: trace as string[], json }));
    },
  );
}

function addValidate(parser: Argv, end: End): void {
  parser.command(
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
      end(
        await validateCommand({
          measured,
          study: single('study', study)!,
          set: settings ?? [],
          reference: single('reference', reference) as 'arrival' | 'queued',
          prefixes: single('prefixes', prefixes),
          peer: single('peer', peer),
          output: single('output', output),
          json,
        }),
      );
    },
  );
}

function addCalibrate(parser: Argv, end: End): void {
  parser.command(
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
      end(
        await calibrateCommand({
          measured: measured as string[],
          study: single('study', study)!,
          set: settings ?? [],
          prefixes: single('prefixes', prefixes),
          output: single('output', output),
          json,
        }),
      );
    },
  );
}
