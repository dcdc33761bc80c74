/** The options of each command, as yargs takes them. */
import { RUNNING_OPTIONS } from './running-options.ts';
import { SWEEP_FILE_OPTIONS } from './sweep-files.ts';

const set = {
  type: 'string',
  array: true,
  nargs: 1,
  describe: 'Change a setting: deployment.max_model_len=8192',
} as const;

export const RUN_OPTIONS = {
  output: { alias: 'o', type: 'string', requiresArg: true, describe: 'Folder for results and report.html' },
  seeds: {
    type: 'string',
    requiresArg: true,
    describe: 'Instead of the study’s seeds: how many (5 means 1, 2, 3, 4, 5), or a list (1,2,7)',
  },
  set,
  ...SWEEP_FILE_OPTIONS,
  ...RUNNING_OPTIONS,
  'dry-run': { type: 'boolean', default: false, describe: 'Check the study and print its runs, simulate nothing' },
  json: { type: 'boolean', default: false, describe: 'Print results as JSON' },
} as const;

export const MERGE_OPTIONS = {
  output: {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Folder for results and report.html; may be one of those that are merged',
  },
  seeds: { type: 'string', requiresArg: true, describe: 'As the shards were run with' },
  set: { ...set, describe: 'As the shards were run with' },
  ...SWEEP_FILE_OPTIONS,
  json: { type: 'boolean', default: false, describe: 'Print results as JSON' },
} as const;

export const WORKER_OPTIONS = {
  queue: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Where studies are queued: redis://host:port',
  },
  workers: RUNNING_OPTIONS.workers,
} as const;

export const CHECK_OPTIONS = {
  gpu: { type: 'string', requiresArg: true, describe: 'Kind of GPU, for a serve line after --' },
  set,
  json: { type: 'boolean', default: false, describe: 'Print the answer as JSON' },
} as const;

export const TUNE_OPTIONS = {
  output: { alias: 'o', type: 'string', requiresArg: true, describe: 'Folder for tune.json, tune.csv, report.html' },
  set,
  workers: RUNNING_OPTIONS.workers,
  'dry-run': { type: 'boolean', default: false, describe: 'Check the search and print its bounds, simulate nothing' },
  json: { type: 'boolean', default: false, describe: 'Print what was found as JSON' },
} as const;

export const CONFORM_OPTIONS = {
  json: { type: 'boolean', default: false, describe: 'Print verdicts as JSON' },
} as const;

export const VALIDATE_OPTIONS = {
  study: { type: 'string', requiresArg: true, demandOption: true, describe: 'Study file with the deployment (YAML)' },
  set,
  reference: {
    choices: ['arrival', 'queued'],
    default: 'arrival',
    describe: 'When the clock of a measured request starts',
  },
  prefixes: {
    type: 'string',
    requiresArg: true,
    describe: 'Which prompts share blocks (JSON lines), or none; default: prefix_blocks.jsonl beside MEASURED',
  },
  peer: {
    type: 'string',
    requiresArg: true,
    describe: 'Another simulator’s prediction (CSV), or none; default: peer_requests.csv beside MEASURED',
  },
  output: { alias: 'o', type: 'string', requiresArg: true, describe: 'Folder for errors, requests and report.html' },
  json: { type: 'boolean', default: false, describe: 'Print the comparison as JSON' },
} as const;

export const CALIBRATE_OPTIONS = {
  study: { type: 'string', requiresArg: true, demandOption: true, describe: 'Study file with the deployment (YAML)' },
  set,
  prefixes: {
    type: 'string',
    requiresArg: true,
    describe: 'Which prompts share blocks (JSON lines), or none; default: prefix_blocks.jsonl beside MEASURED',
  },
  output: { alias: 'o', type: 'string', requiresArg: true, describe: 'The calibration file to write' },
  json: { type: 'boolean', default: false, describe: 'Print the calibration and its errors as JSON' },
} as const;
