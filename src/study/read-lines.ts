/** Text files line by line in batches, plain or gzip, so that memory does not grow with their length. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { InputError } from '../core/input-error.ts';

/**
 * The lines of a file, without line ends; `name` is the file in messages. Throws
 * InputError where the file cannot be read.
 */
export async function* readLines(file: string, name: string): AsyncGenerator<string[]> {
  const packed = isPacked(file, name);
  const bytes = createReadStream(file, { highWaterMark: 1 << 18 });
  const text = packed ? bytes.pipe(createGunzip()) : bytes;
  // An error of the file itself would otherwise never reach the unpacked stream.
  if (packed) bytes.on('error', (error) => text.destroy(error));
  let rest = '';
  try {
    for await (const chunk of text.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  }
  if (rest !== '') yield [rest];
}

/** gzip is known by its magic number, not by the file's name. */
export function isGzip(firstBytes: Uint8Array): boolean {
  return firstBytes[0] === 0x1f && firstBytes[1] === 0x8b;
}

function isPacked(file: string, name: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const firstBytes = new Uint8Array(2);
    readSync(descriptor, firstBytes);
    return isGzip(firstBytes);
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The same error in words, whoever reads the file. */
export function unreadable(file: string, error: NodeJS.ErrnoException): InputError {
  switch (error.code) {
    case 'ENOENT':
      return new InputError(`${file}: no such file.`);
    case 'EISDIR':
      return new InputError(`${file}: is a folder, expected a file.`);
    case 'EACCES':
      return new InputError(`${file}: may not be read (permission denied).`);
    case 'Z_BUF_ERROR':
      return new InputError(`${file}: the gzip data ends early; the file is truncated.`);
    case 'Z_DATA_ERROR':
      return new InputError(`${file}: the gzip data is damaged.`);
    default:
      return new InputError(`${file}: cannot be read: ${error.message}`);
  }
}
