/** Text files line by line in batches, plain or gzip, so that memory does not grow with their length. */
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
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

/** The whole text of a file, plain or gzip. */
export async function readText(file: string, name: string): Promise<string> {
  const lines: string[] = [];
  // Not push(...batch): a batch may hold more lines than a call can have arguments.
  for await (const batch of readLines(file, name)) for (const line of batch) lines.push(line);
  return lines.join('\n');
}

/** Longest part of a file that is read to tell its format, in bytes. */
const HEAD_BYTES = 1 << 16;

/** The first line that is not blank, or its beginning where it is long; empty of an empty file. */
export function firstLine(file: string, name: string): string {
  const head = Buffer.alloc(HEAD_BYTES);
  const bytes = readHead(file, name, head);
  const packed = isGzip(head);
  try {
    // A head that ends in the middle of the packed data is no error.
    const text = packed ? gunzipSync(head.subarray(0, bytes), { finishFlush: constants.Z_SYNC_FLUSH }) : head;
    return /^\uFEFF?\s*(.*)/.exec(text.subarray(0, packed ? HEAD_BYTES : bytes).toString('utf8'))![1]!;
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  }
}

/** gzip is known by its magic number, not by the file's name. */
export function isGzip(firstBytes: Uint8Array): boolean {
  return firstBytes[0] === 0x1f && firstBytes[1] === 0x8b;
}

function isPacked(file: string, name: string): boolean {
  const firstBytes = new Uint8Array(2);
  readHead(file, name, firstBytes);
  return isGzip(firstBytes);
}

/** Fills `head` from the beginning of a file; returns how many bytes there were. */
function readHead(file: string, name: string, head: Uint8Array): number {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return readSync(descriptor, head);
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** A whole file as text, as it is; `name` is the file in messages. */
export function readPlainText(file: string, name = file): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
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
