/** Files that are read more than once: for their format, their digest and their content. */
import { InputError } from '../../core/input-error.ts';
import { statsOf } from './file-stats.ts';

/** Refuses pipes and other files whose content is gone once it is read. What does not exist is left to the reader. */
export function checkRegularFile(file: string): void {
  if (file === '-' || file === '')
    throw new InputError('-: standard input can be read only once; expected the name of a file.');
  const found = statsOf(file);
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new InputError(`${file}: a pipe or device, which can be read only once; save it to a file first.`);
}
