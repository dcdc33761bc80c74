/** A study file and the models it names, read but not yet resolved. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { applyOverrides, type LoadedStudy, loadStudy } from '../config/load.ts';
import { modelFilesNeeded } from '../config/model-files.ts';
import { InputError } from '../core/input-error.ts';
import { unreadable } from './read-lines.ts';

/** Reads a study file and applies assignments to it; what it names stays closed. */
export function readStudy(file: string, set: readonly string[]): LoadedStudy {
  return applyOverrides(loadStudy(read(file), file), set);
}

/** The `config.json` files that a study in `folder` names, parsed, by the name it has for them. */
export function readModelConfigs(loaded: LoadedStudy, folder: string): Record<string, unknown> {
  return Object.fromEntries(modelFilesNeeded(loaded).map((name) => [name, readConfig(name, resolve(folder, name))]));
}

function readConfig(name: string, file: string): unknown {
  const text = read(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name}: not a model's config.json: ${(error as Error).message}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}
