/**
 * How V8 compiles and collects. A simulation runs a few hundred functions for seconds at most, and by default spends half of a
 * short run compiling them: V8 optimises each after a few milliseconds, often before it has seen what the function does in rare
 * cases, and again after those. So less is inlined, a function has to run several times as long first, and short-lived
 * objects, which are few, need not have more and more space (`npm run bench`). Garbage is collected in one go: nobody waits for
 * a simulation to answer within milliseconds, and every pointer that is written while a collection goes on costs more.
 *
 * Flags are V8's own affair and change with its versions; one that does not know a flag says so on stderr. So they are set by
 * version, and a version that has not been tried is left as it is.
 *
 * Worker threads share the flags of their process; other processes are given them.
 */
import { setFlagsFromString } from 'node:v8';

export interface V8Flags {
  /** From the beginning of the process. */
  readonly atStart: readonly string[];
  /** From the beginning of a simulation. What runs at start-up runs once, and would only be compiled for nothing. */
  readonly simulating: readonly string[];
}

const EVERYWHERE = [
  '--max-inlined-bytecode-size-cumulative=300',
  '--semi-space-growth-factor=1',
  '--no-incremental-marking',
] as const;

const WITH_MAGLEV = [...EVERYWHERE, '--invocation-count-for-turbofan=30000'] as const;

const BY_VERSION: Readonly<Record<string, V8Flags>> = {
  /**
   * Node 20. It asks of a function to have used up its budget three times, and once more for every 150 bytes of its bytecode:
   * the long functions of the engine, which everything goes through, are interpreted longest. In a simulation once has to do.
   */
  '11.3': {
    atStart: [...EVERYWHERE, '--interrupt-budget=600000'],
    simulating: ['--ticks-before-optimization=1', '--bytecode-size-allowance-per-tick=10000'],
  },
  /** Node 22. */
  '12.4': { atStart: EVERYWHERE, simulating: [] },
  /** Node 24 and 25, which have a quick compiler (Maglev) before the slow one (TurboFan). */
  '13.6': { atStart: WITH_MAGLEV, simulating: [] },
  '14.1': { atStart: WITH_MAGLEV, simulating: [] },
};

/** What is set for a V8 of this version, as in `process.versions.v8`. */
export function v8Flags(version: string): V8Flags {
  return BY_VERSION[version.split('.', 2).join('.')] ?? { atStart: [], simulating: [] };
}

const FLAGS = v8Flags(process.versions.v8);

/** Those of a process that does nothing but simulate. */
export const V8_FLAGS: readonly string[] = [...FLAGS.atStart, ...FLAGS.simulating];

let simulates = false;

/** A simulation is about to begin. */
export function compileSimulation(): void {
  if (simulates) return;
  simulates = true;
  for (const flag of FLAGS.simulating) setFlagsFromString(flag);
}

// Imported before everything that is to be run.
for (const flag of FLAGS.atStart) setFlagsFromString(flag);
