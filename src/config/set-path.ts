/** Changing one setting of a study by its dotted path, as `--set` and `sweep:` do. */
import { InputError } from '../core/input-error.ts';
import type { Path, StudySource } from './problems.ts';

/** `deployment.max_model_len` → its parts; whole numbers are positions in lists. */
export function parsePath(text: string, where: string): Path {
  const parts = text.split('.');
  if (parts.some((part) => part === '')) {
    throw new InputError(
      `${where}: "${text}" is not a path; expected names joined by dots, such as deployment.max_model_len.`,
    );
  }
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The study with that value in place; `written` locates the key or value of the assignment. */
export function withValue(
  source: StudySource,
  path: Path,
  value: unknown,
  written: (part: 'key' | 'value') => string,
): StudySource {
  return {
    ...source,
    raw: assigned(source.raw, path, value),
    locate: (at, part) => (concerns(source, path, at) ? written(part) : source.locate(at, part)),
  };
}

/** Whether what is at `at` came from the assignment: it lies below the path, or exists only because of it. */
function concerns(source: StudySource, path: Path, at: Path): boolean {
  const shared = path.findIndex((part, i) => part !== at[i]);
  if (shared < 0) return true;
  return shared === at.length && at.length > 0 && !exists(source.raw, at);
}

function exists(data: unknown, path: Path): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  return (
    data !== null &&
    typeof data === 'object' &&
    Object.hasOwn(data, first) &&
    exists((data as Record<string, unknown>)[first], rest)
  );
}

/** A copy of the data with `value` at the path; mappings are made where there are none. */
function assigned(data: unknown, path: Path, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(data) && typeof first === 'number') {
    return data.map((item: unknown, i) => (i === first ? assigned(item, rest, value) : item));
  }
  const mapping =
    data !== null && typeof data === 'object' && !Array.isArray(data) ? (data as Record<string, unknown>) : {};
  return { ...mapping, [first]: assigned(mapping[first], rest, value) };
}
