/**
 * How eagerly V8 compiles. A simulation runs a few hundred functions for seconds at most; by default V8 optimises each of
 * them after a few milliseconds, often before it has seen what the function does in rare cases, and again after those. A
 * function now has to run about four times as long first, and less is inlined into it: half the time spent compiling in a
 * run of a second, and nothing lost in long ones (`npm run bench`). Imported before everything that is to be run.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--interrupt-budget=500000');
setFlagsFromString('--max-inlined-bytecode-size-cumulative=300');
