/**
 * The folder of a study's results: `runs/` with a folder for each finished run, and the files of the study. Everything is written to a staging
 * folder first and renamed when it is whole, so what has its final name is complete, whatever happens to the process. Finished runs stay when a
 * study fails or is interrupted, and are not simulated again.
 */
import { existsSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { InputError } from '../core/input-error.ts';
import { makeFolders } from './make-folders.ts';
import type { Files } from './simulate-run.ts';
import { StagingFolder } from './staging-folder.ts';

const STAGING = '.partial-';
const TEMPORARY = 'servesim-runs-';

/** How often something is tried while other processes that write to the folder are in the way. */
const MOST_ATTEMPTS = 10;
const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST']);

export class ResultsFolder {
  /** Absolute. */
  readonly path: string;
  /** As it was given. */
  readonly name: string;
  private readonly staging: StagingFolder;
  /** The outermost folder that had to be made; undefined: all were there. */
  private readonly madeFolder: string | undefined;
  private readonly isTemporary: boolean;
  private made = 0;
  private readonly onSignal = (signal: NodeJS.Signals) => {
    this.close();
    // The default action would not have run this handler; 128 + the signal's number is what a shell reports.
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };

  /** Opens `folder` for results, creating it where it is missing; null: a temporary one, which is gone after `close`. */
  constructor(folder: string | null) {
    this.isTemporary = folder === null;
    this.name = folder ?? tmpdir();
    // First, so that no signal finds a folder that nobody would remove.
    process.once('SIGINT', this.onSignal).once('SIGTERM', this.onSignal);
    try {
      [this.madeFolder, this.staging] = amongOthers(() => [
        makeFolders(this.name),
        new StagingFolder(this.name, folder === null ? TEMPORARY : STAGING),
      ]);
    } catch (error) {
      this.ignoreSignals();
      throw new InputError(`${this.name}: results cannot be written there: ${(error as Error).message}`);
    }
    this.path = resolve(folder ?? this.staging.path);
  }

  /** Where a finished run is, or will be. */
  runFolder(runId: string): string {
    return join(this.path, 'runs', runId);
  }

  /** A new folder in which files can be written until they are whole. */
  newFolder(): string {
    const path = join(this.staging.path, String(this.made++));
    mkdirSync(path);
    return path;
  }

  /** Gives a whole run folder its name; one that had it before is replaced. */
  placeRun(runId: string, made: string): void {
    const target = this.runFolder(runId);
    amongOthers(() => {
      makeFolders(dirname(target));
      // Removing it where it is would leave half of it to whoever looks, or to a process that is killed.
      if (existsSync(target)) renameSync(target, join(this.newFolder(), runId));
      renameSync(made, target);
    });
  }

  /** Writes files of the study, the last one when all others are in place. */
  writeFiles(files: Files): void {
    const made = this.newFolder();
    for (const [name, content] of files) writeFileSync(join(made, name), content);
    for (const name of files.keys()) renameSync(join(made, name), join(this.path, name));
  }

  /** Removes what is not finished; a folder that was made here for results and has none goes as well. */
  close(): void {
    this.ignoreSignals();
    this.staging.remove();
    if (this.isTemporary) return;
    removeEmpty(join(this.path, 'runs'), 1);
    if (this.madeFolder === undefined) return;
    const below = relative(this.madeFolder, this.path);
    removeEmpty(this.path, below === '' ? 1 : below.split(sep).length + 1);
  }

  private ignoreSignals(): void {
    process.off('SIGINT', this.onSignal).off('SIGTERM', this.onSignal);
  }
}

/** Tries again where another process may just have removed a folder that was empty, or placed the same run. */
function amongOthers<T>(work: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !IN_THE_WAY.has((error as NodeJS.ErrnoException).code)) throw error;
    }
  }
}

/** Removes a folder and so many minus one of those around it, as long as they are empty. */
function removeEmpty(folder: string, levels: number): void {
  for (let path = folder; levels > 0; levels--, path = dirname(path)) {
    try {
      rmdirSync(path);
    } catch {
      return;
    }
  }
}
