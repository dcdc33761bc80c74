/**
 * One study that changes another: `extends: base.yaml`. Mappings are merged key by key, lists and plain values are replaced,
 * and null removes what the other study has. Messages name the file in which the part at fault was written.
 */
import { isMapping, type Mapping } from '../core/mapping.ts';
import { type Path, type StudySource, valueAt } from './problems.ts';

/** `source` laid over `base`, whose paths are relative to the folder of `source` by now. */
export function extendedSource(source: StudySource, base: StudySource): StudySource {
  const { extends: _, ...own } = source.raw as Mapping;
  const asksItself = source.comment !== null || own.question !== undefined;
  // What a study is called and asks is its own.
  const { name: __, question, ...inherited } = base.raw as Mapping;
  const under = asksItself || question === undefined ? inherited : { question, ...inherited };
  return {
    fileName: source.fileName,
    raw: merged(under, own),
    comment: source.comment ?? base.comment,
    locate: (path, at) => (isOwn(own, under, path) ? source : base).locate(path, at),
  };
}

function merged(under: unknown, over: unknown): unknown {
  if (!isMapping(under) || !isMapping(over)) return over;
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    // There is nothing to remove where the other study is silent: the setting itself is null then.
    if (value === null && Object.hasOwn(under, key)) delete result[key];
    else result[key] = merged(under[key], value);
  }
  return result;
}

/** Whether what is at the path, or is missing there, was written in the extending study. */
function isOwn(own: unknown, under: unknown, path: Path): boolean {
  const [first, ...rest] = path;
  // A list or plain value of the extending study took the place of all that the other had.
  if (first === undefined || !isMapping(own)) return true;
  if (Object.hasOwn(own, first)) return isOwn(own[first], valueAt(under, [first]), rest);
  return !isMapping(under) || !Object.hasOwn(under, first);
}
