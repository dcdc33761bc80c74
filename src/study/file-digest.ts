/** What tells a file from another one. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { unreadable } from './read-lines.ts';

/** SHA-256 of a file that may be larger than memory; `name` is the file as the study names it. Throws InputError. */
export function fileDigest(file: string, name: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 20);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let bytes = 1; bytes > 0; ) {
      bytes = readSync(descriptor, chunk);
      hash.update(chunk.subarray(0, bytes));
    }
    return hash.digest('hex');
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
