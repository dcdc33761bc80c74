/**
 * Makes a folder and those around it that are missing, one level at a time: the recursive way of Node 20 tries without end where a file system
 * such as /proc says of a new folder that its parent is missing.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The outermost folder that had to be made; undefined: all were there. Throws what the file system says. */
export function makeFolders(folder: string): string | undefined {
  const missing: string[] = [];
  for (let path = resolve(folder); !exists(path); path = dirname(path)) missing.push(path);
  // Where all are there it may still be a file, of which `mkdirSync` says so.
  if (missing.length === 0) missing.push(resolve(folder));
  const made = missing.reverse().filter((path) => makeFolder(path));
  return made[0];
}

function exists(path: string): boolean {
  // A file in place of a folder around it is found when the first level below it is made.
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path;
  } catch {
    return true;
  }
}

/** False: it is there, perhaps since another process made it in the meantime. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const isThere =
      (error as NodeJS.ErrnoException).code === 'EEXIST' &&
      statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isThere) return false;
    throw error;
  }
}
