/** A setting that is given by hand is no longer swept: otherwise the sweep would quietly win. */
import { InputError } from '../core/input-error.ts';
import { quoted, type StudySource, valueAt } from './problems.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** The study without `name` in its sweep. What a named variant sets is what the name stands for: that is refused. */
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
  const left = Object.entries(without(sweep, name)).map(([form, values]) => [
    form,
    (form === 'grid' || form === 'zip') && isMapping(values) ? without(values, name) : values,
  ]);
  return { ...source, raw: { ...(source.raw as object), sweep: Object.fromEntries(left) } };
}

function without(mapping: Mapping, name: string): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => key !== name));
}

function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
