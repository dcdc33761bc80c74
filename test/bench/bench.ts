/**
 * `npm run bench`: what simulations cost in CPU time and memory. Every figure is that of a whole process of the built
 * program, one at a time, without a terminal; see docs/SPEED.md. Tables go to stdout, progress to stderr.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { didYouMean, InputError } from '../../src/core/input-error.ts';
import {
  type BenchFile,
  FORMAT,
  readBenchFile,
  type Series,
  type WorkloadResult,
  writeBenchFile,
} from './bench-file.ts';
import { compareTable } from './compare.ts';
import { replaceSection } from './markdown-section.ts';
import { measureSeries, measureStartUp, measureWorkload, withArguments } from './measure.ts';
import { BUILT_PROGRAM, type Program } from './measured-process.ts';
import { profileTable } from './profile.ts';
import { SERIES } from './series.ts';
import { asMarkdown, asText, benchTables, type Table } from './tables.ts';
import { WORKLOADS } from './workloads.ts';

const path = { type: 'string', requiresArg: true } as const;

const OPTIONS = {
  only: { ...path, describe: 'These workloads and series, with commas between them' },
  quick: { type: 'boolean', default: false, describe: 'Leave out what takes minutes' },
  json: { ...path, describe: 'Write the figures to this file' },
  compare: { ...path, describe: 'Print ratios to the figures in this file' },
  from: { ...path, describe: 'Print the figures in this file instead of measuring' },
  profile: { ...path, describe: 'Instead: self time by function of these workloads' },
  markdown: { ...path, describe: 'Write the tables into this document too, between its bench or profile marks' },
  program: {
    ...path,
    default: BUILT_PROGRAM,
    describe: 'The program to measure, such as another commit’s dist/cli/main.js',
  },
  label: { ...path, describe: 'What the measured program is called. Default: what git calls this checkout' },
  timeout: { type: 'number', default: 1800, describe: 'Seconds after which a run is given up' },
} as const;

function main(): void {
  const options = yargs(hideBin(process.argv)).scriptName('npm run bench --').options(OPTIONS).strict().parseSync();
  const program = { file: options.program, timeoutS: options.timeout };
  if (options.from === undefined && !existsSync(program.file))
    throw new InputError(`${program.file}: there is no such program; npm run build makes this checkout's.`);
  const tables = (): Table[] => {
    if (options.profile !== undefined) return profiles(options.profile, program);
    const bench = options.from === undefined ? measure(options, program) : readBenchFile(options.from);
    if (options.json !== undefined) writeBenchFile(options.json, bench);
    const compared = options.compare === undefined ? [] : [compareTable(readBenchFile(options.compare), bench)];
    return [...benchTables(bench), ...compared];
  };
  const printed = tables();
  process.stdout.write(`${printed.map(asText).join('\n\n')}\n`);
  if (options.markdown !== undefined) {
    const section = options.profile === undefined ? 'bench' : 'profile';
    const document = readFileSync(options.markdown, 'utf8');
    writeFileSync(options.markdown, replaceSection(document, section, printed.map(asMarkdown).join('\n\n')));
  }
}

interface Choice {
  readonly only?: string | undefined;
  readonly quick: boolean;
  readonly label?: string | undefined;
}

function measure({ only, quick, label }: Choice, program: Program): BenchFile {
  const chosen = only === undefined ? null : chosenNames(only, [...WORKLOADS, ...SERIES]);
  const progress = (name: string) => process.stderr.write(`${name} …\n`);
  progress('start-up');
  const startUp = measureStartUp(program);
  const workloads: WorkloadResult[] = [];
  for (const workload of WORKLOADS) {
    if (chosen === null ? quick && workload.long : !chosen.includes(workload.name)) continue;
    progress(workload.name);
    workloads.push(measureWorkload(workload, program));
  }
  const series: Series[] = [];
  for (const plan of SERIES)
    if (chosen === null || chosen.includes(plan.name)) series.push(measureSeries(plan, program, progress));
  return {
    format: FORMAT,
    commit: label ?? commitOf(program),
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    start_up: startUp,
    workloads,
    series,
  };
}

function profiles(names: string, program: Program): Table[] {
  return chosenNames(names, WORKLOADS).map((name) => {
    process.stderr.write(`profile of ${name} …\n`);
    const workload = WORKLOADS.find((candidate) => candidate.name === name)!;
    return withArguments(workload, (args) => profileTable(name, program.file, args));
  });
}

function chosenNames(text: string, among: readonly { readonly name: string }[]): string[] {
  const known = among.map(({ name }) => name);
  const names = text.split(',').map((name) => name.trim());
  for (const name of names)
    if (!known.includes(name))
      throw new InputError(`read ${name}; expected one of ${known.join(', ')}.${didYouMean(name, known)}`);
  return names;
}

/** What git calls the measured checkout. */
function commitOf({ file }: Program): string {
  if (file !== BUILT_PROGRAM) return file;
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['describe', '--always', '--dirty'], { stdio, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
