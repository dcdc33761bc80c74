/**
 * How V8 compiles and collects. A simulation runs a few hundred functions for seconds at most, and by default spends half of a
 * short run compiling them: V8 optimises each after a few milliseconds, often before it has seen what the function does in rare
 * cases, and again after those. So less is inlined, a function has to run several times as long first, and short-lived
 * objects, which are few, need not have more and more space (`npm run bench`). Garbage is collected in one go: nobody waits for
 * a simulation to answer within milliseconds, and every pointer that is written while a collection goes on costs more.
 *
 * Once a simulation begins, the size of a function counts for less. V8 of Node 20 asks of a function to have used up its budget
 * three times, and once more for every 150 bytes of its bytecode: the long functions of the engine, which everything goes
 * through, are interpreted longest. Then once has to do. What runs at start-up runs once, and would only be compiled for nothing.
 *
 * Worker threads share the flags of their process; other processes are given them.
 */
import { setFlagsFromString } from 'node:v8';

const AT_START = [
  '--interrupt-budget=600000',
  '--max-inlined-bytecode-size-cumulative=300',
  '--semi-space-growth-factor=1',
  '--no-incremental-marking',
] as const;

/** V8 of later versions of Node, which has another compiler in between (Maglev), sets both to these values by itself. */
const COUNTS_TICKS = process.versions.v8.startsWith('11.');
const SIMULATING = COUNTS_TICKS ? ['--ticks-before-optimization=1', '--bytecode-size-allowance-per-tick=10000'] : [];

/** Those of a process that does nothing but simulate. */
export const V8_FLAGS: readonly string[] = [...AT_START, ...SIMULATING];

let simulates = false;

/** A simulation is about to begin. */
export function compileSimulation(): void {
  if (simulates) return;
  simulates = true;
  for (const flag of SIMULATING) setFlagsFromString(flag);
}

// Imported before everything that is to be run.
for (const flag of AT_START) setFlagsFromString(flag);
