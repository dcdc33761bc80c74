/** What a path names, before it is read or written. */
import { type Stats, statSync } from 'node:fs';

/** undefined: nothing, or nothing that can be looked at. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
