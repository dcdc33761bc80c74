/** The files that a study names are not in the queue. A worker checks that those it sees are those that the study was checked with. */
import { isAbsolute, resolve } from 'node:path';
import type { ResolvedRun } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { fileDigest } from '../file-digest.ts';
import { profileDigest } from '../read-profile.ts';

interface InputFile {
  readonly path: string;
  readonly sha256: string;
}

/** Throws InputError where a file is missing, or another one. `folder`: what paths are relative to; `machine`: where this is. */
export function checkInputs(run: ResolvedRun, folder: string, machine: string): void {
  for (const { path, sha256 } of tracesOf(run)) check(path, sha256, (file) => fileDigest(file, path));
  for (const { path, sha256 } of profilesOf(run)) check(path, sha256, (file) => profileDigest(file, path));

  function check(path: string, sha256: string, digest: (file: string) => string): void {
    const file = isAbsolute(path) ? path : resolve(folder, path);
    const found = digestOr(digest, file, machine);
    if (found === sha256) return;
    throw new InputError(
      `${path}: on the worker ${machine}, ${file} is not the file that the study was checked with (SHA-256 ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…). Copy it there, or share the folder.`,
    );
  }
}

function digestOr(digest: (file: string) => string, file: string, machine: string): string {
  try {
    return digest(file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${error.message} A worker of the fleet, ${machine}, looked for it as ${file}: files that a study names must be at the same place on all machines.`,
    );
  }
}

function tracesOf({ workload, pools }: ResolvedRun): InputFile[] {
  const { trace } = workload;
  const ofWorkload = trace === null ? [] : [trace, ...(trace.prefix_blocks === null ? [] : [trace.prefix_blocks])];
  const ofMarkets = pools.flatMap(({ market }) =>
    market.kind === 'spot' && market.law.kind === 'trace' ? market.law.files : [],
  );
  return [...ofWorkload, ...ofMarkets];
}

function profilesOf({ pools }: ResolvedRun): InputFile[] {
  return pools.flatMap(({ deployment: { latency } }) => (latency.profile === null ? [] : [latency.profile]));
}
