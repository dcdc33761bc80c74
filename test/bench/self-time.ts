/** Self time by function from a V8 CPU profile (`node --cpu-prof`). */

export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** The node that ran at each sample, and the microseconds since the sample before it. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

export interface SelfTime {
  readonly name: string;
  /** Room and file in src/, or the package, or empty for the engine's own work. */
  readonly file: string;
  /** Of the time in which the process was not idle. */
  readonly share: number;
}

/** The functions in which most time is spent, most first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { name: string; file: string; us: number }>();
  let totalUs = 0;
  for (const [i, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    if (functionName === '(idle)') continue;
    const name = functionName === '' ? `(anonymous, line ${lineNumber + 1})` : functionName;
    const file = shortFile(url);
    const entry = times.get(`${file} ${name}`) ?? { name, file, us: 0 };
    // A delta is the time before its sample, in which the sample before it ran; over a whole run that comes to the same.
    entry.us += timeDeltas[i]!;
    totalUs += timeDeltas[i]!;
    times.set(`${file} ${name}`, entry);
  }
  return [...times.values()]
    .map(({ name, file, us }) => ({ name, file, share: us / totalUs }))
    .sort((a, b) => b.share - a.share);
}

/** The same time by room of src/, most first; what is in no room goes by the name V8 gives it, or is `other`. */
export function timeByRoom(times: readonly SelfTime[]): [room: string, share: number][] {
  const shares = new Map<string, number>();
  for (const { name, file, share } of times) {
    const room =
      /^(\w+)\/[\w/-]+\.ts$/.exec(file)?.[1] ?? (name === '(garbage collector)' ? 'garbage collector' : 'other');
    shares.set(room, (shares.get(room) ?? 0) + share);
  }
  return [...shares].sort(([, a], [, b]) => b - a);
}

function shortFile(url: string): string {
  const dependency = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return dependency ?? /\/dist\/(.+)$/.exec(url)?.[1]?.replace(/\.js$/, '.ts') ?? url;
}
