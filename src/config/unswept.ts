/** A setting that is given by hand is no longer swept: otherwise the sweep would quietly win. */
import { InputError } from '../core/input-error.ts';
import { isMapping, type Mapping } from '../core/mapping.ts';
import { type Path, quoted, type StudySource, valueAt } from './problems.ts';

/**
 * The study without `name` in its sweep. Values under zip that were taken together with different ones of it, and are equal
 * now, are one point. What a named variant sets is what the name stands for: that is refused.
 */
export function withoutSwept(source: StudySource, name: string, written: string): StudySource {
  const sweep = valueAt(source.raw, ['sweep']);
  if (!isMapping(sweep)) return source;
  const { variants } = sweep;
  const variant = Array.isArray(variants)
    ? variants.find((each) => isMapping(each) && Object.hasOwn(each, name))
    : null;
  if (variant != null) {
    const called = quoted((variant as Mapping).name);
    throw new InputError(`${written}: the variant ${called} sets ${name}; expected a setting that no variant sets.`);
  }
  const { grid, zip } = sweep;
  const columns = isMapping(zip) ? without(zip, name) : {};
  const kept = isMapping(zip) && Object.hasOwn(zip, name) ? differentPoints(columns) : null;
  const left = {
    ...without(sweep, name),
    ...(isMapping(grid) ? { grid: without(grid, name) } : {}),
    ...(isMapping(zip) ? { zip: kept === null ? columns : pointsOf(columns, kept) } : {}),
  };
  return {
    ...source,
    raw: { ...(source.raw as object), sweep: left },
    locate: (path, at) => source.locate(kept === null ? path : writtenPath(path, kept), at),
  };
}

/** Places of the points under zip that no point before is equal to; null where these are no lists. */
function differentPoints(columns: Mapping): number[] | null {
  const lists = Object.values(columns);
  if (!lists.every(Array.isArray)) return null;
  const texts = (lists[0] ?? []).map((_, i) => JSON.stringify(lists.map((values) => values[i])));
  return [...texts.keys()].filter((i) => texts.indexOf(texts[i]!) === i);
}

function pointsOf(columns: Mapping, kept: readonly number[]): Mapping {
  const lists = Object.entries(columns) as [string, readonly unknown[]][];
  return Object.fromEntries(lists.map(([name, values]) => [name, kept.map((i) => values[i])]));
}

/** Where the study has what is at `path` of a sweep with these points under zip. */
function writtenPath(path: Path, kept: readonly number[]): Path {
  const [section, form, name, point, ...rest] = path;
  if (section !== 'sweep' || form !== 'zip' || typeof point !== 'number') return path;
  return [section, form, name!, kept[point]!, ...rest];
}

function without(mapping: Mapping, name: string): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => key !== name));
}
