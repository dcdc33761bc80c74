/** Commands and options, and what becomes of errors. */
import yargs from 'yargs';
import { didYouMean, InputError } from '../core/input-error.ts';
import { packageVersion } from '../study/package-files.ts';
import { conformCommand } from './conform.ts';
import { runCommand } from './run.ts';

const COMMANDS = ['run', 'conform'];

/** Runs the command line and returns the exit code. */
export async function cli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const parser = yargs(args as string[])
    .scriptName('servesim')
    .usage('$0 <command>\n\nSimulates vLLM serving: latency, throughput, KV pressure and preemptions of a deployment.')
    .version(packageVersion())
    .parserConfiguration({ 'camel-case-expansion': false })
    .command(
      'run <study>',
      'Simulate a study file and report its results',
      (command) =>
        command
          .positional('study', { type: 'string', demandOption: true, describe: 'Study file (YAML)' })
          .option('output', {
            alias: 'o',
            type: 'string',
            requiresArg: true,
            describe: 'Folder for results and report.html',
          })
          .option('seeds', {
            type: 'string',
            requiresArg: true,
            describe: 'Seeds instead of the study’s: 5 (1 to 5) or a list 1,2,7',
          })
          .option('set', {
            type: 'string',
            array: true,
            nargs: 1,
            describe: 'Change a setting: deployment.max_model_len=8192',
          })
          .option('dry-run', {
            type: 'boolean',
            default: false,
            describe: 'Check the study and print its runs, simulate nothing',
          })
          .option('json', { type: 'boolean', default: false, describe: 'Print results as JSON' })
          .example('$0 run experiments/quickstart.yaml -o results', ''),
      async (argv) => {
        exitCode = await runCommand({
          study: argv.study,
          output: last(argv.output),
          seeds: last(argv.seeds),
          set: argv.set ?? [],
          dryRun: argv['dry-run'],
          json: argv.json,
        });
      },
    )
    .command(
      'conform <trace..>',
      'Replay traces recorded from a real vLLM scheduler and compare every step',
      (command) =>
        command
          .positional('trace', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: 'Trace files (.json, .json.gz)',
          })
          .option('json', { type: 'boolean', default: false, describe: 'Print verdicts as JSON' }),
      (argv) => {
        exitCode = conformCommand({ traces: argv.trace as string[], json: argv.json });
      },
    )
    .demandCommand(1, 'Which command? servesim --help lists them.')
    .strict()
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .fail((message, error) => {
      throw error ?? new InputError(withNearestName(message, args));
    });
  try {
    await parser.parseAsync();
    return exitCode;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(
      `${error.message
        .split('\n')
        .map((line) => `servesim: ${line}`)
        .join('\n')}\n`,
    );
    return 2;
  }
}

/** yargs names an unknown command or option; this adds the nearest known one. */
function withNearestName(message: string, args: readonly string[]): string {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const options = args[0] === 'run' ? ['output', 'seeds', 'set', 'dry-run', 'json'] : ['json'];
  const isOption = args.includes(`--${unknown}`) || args.some((arg) => arg.startsWith(`--${unknown}=`));
  return `${message}.${didYouMean(unknown, isOption ? options : COMMANDS)}`;
}

/** Of an option given several times the last one counts. */
function last(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value.at(-1) : value) ?? null;
}
