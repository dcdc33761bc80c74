/**
 * The files of a kernel profile, from a folder: `tp<N>/` folders with the tables of each tensor-parallel degree beside
 * `meta.yaml`, or a folder that is itself one of these.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { InputError } from '../core/input-error.ts';
import { type KernelProfile, parseProfile } from '../latency/profile/kernel-profile.ts';
import { readPlainText, unreadable } from './read-lines.ts';

/** Which shards of a model a deployment runs. */
export interface ProfiledShards {
  readonly tensorParallelSize: number;
  /** Into how many parts each expert is cut; null: there are no experts. */
  readonly expertCut: number | null;
}

/** Reads the profile that a study names. */
export type ReadProfile = (path: string, shards: ProfiledShards) => KernelProfile;

/** Reads profiles named relative to `folder`, each once. */
export function profileReader(folder: string): ReadProfile {
  const read = new Map<string, KernelProfile>();
  return (path, shards) => {
    const key = JSON.stringify([path, shards]);
    const known = read.get(key) ?? readProfile(resolve(folder, path), path, shards);
    read.set(key, known);
    return known;
  };
}

const TABLES = ['dense.csv', 'per_sequence.csv', 'attention.csv', 'skew_fit.csv', 'skew.csv'];

/** Reads a profile; `name` is the folder as the study names it. Throws InputError. */
export function readProfile(folder: string, name: string, shards: ProfiledShards): KernelProfile {
  const { tensorParallelSize, expertCut } = shards;
  const present = new Set(filesBelow(folder, name));
  const prefix = shardFolder(folder, name, present, tensorParallelSize);
  const wanted = ['meta.yaml', ...TABLES.map((table) => `${prefix}${table}`)];
  if (expertCut !== null) wanted.push(expertsFile(name, present, prefix, shards));
  const files = wanted
    .filter((file) => present.has(file))
    .map((file) => [file, readPlainText(join(folder, file), `${name}/${file}`)] as const);
  return parseProfile(Object.fromEntries(files), name, tensorParallelSize);
}

/** `tp2/`, or nothing where the folder is itself the one of that degree. */
function shardFolder(folder: string, name: string, present: ReadonlySet<string>, degree: number): string {
  const measured = [...present].flatMap((file) => /^tp(\d+)\//.exec(file)?.[1] ?? []).map(Number);
  if (measured.includes(degree)) return `tp${degree}/`;
  const own = /^tp(\d+)$/.exec(basename(folder))?.[1];
  if (measured.length === 0 && present.has('dense.csv')) {
    if (own === undefined || Number(own) === degree) return '';
    throw new InputError(`${name}: holds tensor_parallel_size ${own}, but the deployment has ${degree}.`);
  }
  if (measured.length === 0) {
    throw new InputError(`${name}: neither folders tp1/, tp2/, … nor dense.csv there; expected a kernel profile.`);
  }
  const degrees = [...new Set(measured)].sort((a, b) => a - b);
  throw new InputError(
    `${name}: no folder tp${degree}/; there ${degrees.length === 1 ? 'is' : 'are'} ${degrees.map((n) => `tp${n}/`).join(', ')}. ` +
      `tensor_parallel_size can be ${degrees.join(' or ')} with this profile.`,
  );
}

/** The `moe.csv` whose experts are cut as the deployment cuts them. */
function expertsFile(name: string, present: ReadonlySet<string>, prefix: string, shards: ProfiledShards): string {
  const { tensorParallelSize, expertCut } = shards;
  const file = prefix === '' && expertCut === tensorParallelSize ? 'moe.csv' : `tp${expertCut}/moe.csv`;
  if (present.has(file)) return file;
  const found = [...present].filter((path) => basename(path) === 'moe.csv').sort();
  const cut = expertCut === 1 ? 'whole experts' : `experts cut into ${expertCut}`;
  throw new InputError(
    `${name}: no ${file}; this deployment computes ${cut}. ` +
      (found.length === 0 ? 'The profile measures no experts.' : `The profile has ${found.join(', ')}.`) +
      (expertCut !== 1 && found.includes('tp1/moe.csv') ? ' With enable_expert_parallel experts stay whole.' : ''),
  );
}

/** SHA-256 over all files below a folder, in order of their names; `name` is the folder as the study names it. */
export function profileDigest(folder: string, name: string): string {
  const hash = createHash('sha256');
  for (const file of filesBelow(folder, name)) {
    const text = readPlainText(join(folder, file), `${name}/${file}`);
    hash.update(JSON.stringify([file, text.length])).update(text);
  }
  return hash.digest('hex');
}

/** Paths below the folder, with `/`, sorted. */
function filesBelow(folder: string, name: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new InputError(`${name}: no such folder; latency.profile names a kernel profile.`);
    if (code === 'ENOTDIR') throw new InputError(`${name}: is a file; latency.profile names the folder of a profile.`);
    throw unreadable(name, error as NodeJS.ErrnoException);
  }
}
