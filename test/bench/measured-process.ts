/**
 * One process under measurement: the built program in plain node, as users run it, without a terminal. CPU time is user
 * and system time of all its threads, garbage collection and start-up included.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROBE = new URL('usage-probe.mjs', import.meta.url).href;

/** The program of this checkout. */
export const BUILT_PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Program {
  /** JavaScript file of the command line. */
  readonly file: string;
  /** A process that takes longer is ended and counts as failed. Seconds of wall time. */
  readonly timeoutS: number;
}

export interface ProcessUse {
  readonly cpuS: number;
  readonly peakRssBytes: number;
  readonly stdout: string;
}

/** The process ended otherwise than it should; the message says how. */
export class FailedProcess extends Error {}

/** Runs the program once. Throws FailedProcess. */
export function measureProcess(program: Program, args: readonly string[]): ProcessUse {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-bench-'));
  const usageFile = join(folder, 'usage.json');
  try {
    const { status, signal, error, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', PROBE, program.file, ...args],
      {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', SERVESIM_BENCH_USAGE: usageFile },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        timeout: program.timeoutS * 1000,
      },
    );
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
      throw new FailedProcess(`not done after ${program.timeoutS} s`);
    if (error !== undefined) throw error;
    if (signal !== null) throw new FailedProcess(stderr.includes('heap out of memory') ? 'out of memory' : signal);
    if (status !== 0) throw new FailedProcess(`exit code ${status}: ${stderr.trim().split('\n').at(-1)}`);
    if (!existsSync(usageFile)) throw new FailedProcess('its CPU time could not be read');
    const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as Omit<ProcessUse, 'stdout'>;
    return { ...usage, stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Short runs are noisy: one is measured as often as its first CPU time says, an odd number, and the median counts. */
const repeats = (cpuS: number) => (cpuS < 3 ? 7 : cpuS < 20 ? 3 : 1);

/** Runs the program once or, if that is short, several times; the run with the median CPU time counts. */
export function measureRepeatedly(program: Program, args: readonly string[]): ProcessUse {
  return medianOf(() => measureProcess(program, args));
}

/**
 * The same, of the CPU time beyond that of an empty run, which goes before each: the speed of a shared machine changes from minute
 * to minute, and two runs that follow each other meet the same.
 */
export function measureBeyond(program: Program, emptyArgs: readonly string[], args: readonly string[]): ProcessUse {
  return medianOf(() => {
    const empty = measureProcess(program, emptyArgs);
    const use = measureProcess(program, args);
    return { ...use, cpuS: use.cpuS - empty.cpuS };
  });
}

function medianOf(measure: () => ProcessUse): ProcessUse {
  const uses = [measure()];
  const wanted = repeats(uses[0]!.cpuS);
  while (uses.length < wanted) uses.push(measure());
  uses.sort((a, b) => a.cpuS - b.cpuS);
  return uses[(uses.length - 1) / 2]!;
}
