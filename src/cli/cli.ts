/** The command line as a whole, and what becomes of errors. */
import yargs from 'yargs';
import { didYouMean, InputError } from '../core/input-error.ts';
import { PACKAGE_VERSION } from '../study/package-files.ts';
import { addCommands, OPTIONS } from './commands.ts';

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
  addCommands(parser, serve, (code) => {
    exitCode = code;
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
