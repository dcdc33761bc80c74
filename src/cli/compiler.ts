/**
 * How V8 compiles and collects. A simulation runs a few hundred functions for seconds at most; by default V8 optimises each
 * of them after a few milliseconds, often before it has seen what the function does in rare cases, and again after those. A
 * function now has to run about four times as long first, and less is inlined into it: a run of a second spends half the
 * time compiling, and long ones lose nothing. Short-lived objects are few, so their space need not grow: a million requests
 * leave 40 MB less behind (`npm run bench`). Imported before everything that is to be run. Worker threads share the flags of their
 * process; other processes are given them.
 */
import { setFlagsFromString } from 'node:v8';

export const V8_FLAGS = [
  '--interrupt-budget=500000',
  '--max-inlined-bytecode-size-cumulative=300',
  '--semi-space-growth-factor=1',
] as const;

for (const flag of V8_FLAGS) setFlagsFromString(flag);
