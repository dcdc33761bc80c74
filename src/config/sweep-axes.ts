/**
 * The forms of `sweep:` are one thing: axes, each a list of points, of which every combination is a variant. A setting with
 * a list of values is an axis; the lists under `zip:` are one together; so are the named variants. Axes come in the order
 * in which they are written.
 */
import { isMapping, type Mapping } from '../core/mapping.ts';
import { poolPathProblem } from './pools.ts';
import { type Path, type Problem, quoted, type StudySource, valueAt } from './problems.ts';
import { unknownName } from './schema-parts.ts';
import { sweepSchema } from './schema-sweep.ts';
import { parsePath } from './set-path.ts';

/** A setting of a point, and where it was written. */
export interface SweptSetting {
  /** The setting's dotted path. */
  readonly name: string;
  readonly value: unknown;
  /** Where in the study its key, and its value, was written. */
  readonly keyAt: Path;
  readonly valueAt: Path;
}

export interface SweepPoint {
  /** Of a named variant; else null. */
  readonly name: string | null;
  readonly settings: readonly SweptSetting[];
  /** Where in the study the point was written. */
  readonly at: Path;
}

export type SweepAxis = readonly SweepPoint[];

const FORMS = ['grid', 'zip', 'variants'] as const;
const SECTIONS = ['deployment', 'deployments', 'cluster', 'workload', 'slo'];

/** The axes of a sweep that has no problems. */
export function sweepAxes(raw: unknown): SweepAxis[] {
  const sweep = valueAt(raw, ['sweep']);
  if (!isMapping(sweep)) return [];
  return Object.entries(sweep).flatMap(([key, value]): SweepAxis[] => {
    switch (key) {
      case 'grid':
        return gridAxes(value as Mapping, ['sweep', 'grid']);
      case 'zip':
        return Object.keys(value as Mapping).length === 0 ? [] : [zipAxis(value as Mapping)];
      case 'variants':
        return [variantAxis(value as readonly Mapping[])];
      default:
        return gridAxes({ [key]: value }, ['sweep']);
    }
  });
}

/** How many variants a sweep has, those that would not start included. */
export function sweepSize(raw: unknown): number {
  return sweepAxes(raw).reduce((product, axis) => product * axis.length, 1);
}

/** The values that a setting has in some variant of a study's sweep, or in a candidate of its search. */
export function triedValues(raw: unknown, setting: string): readonly unknown[] {
  const searched = valueAt(raw, ['tune', 'cheapest', setting]);
  const swept = sweepAxes(raw).flatMap((axis) => axis.flatMap(({ settings }) => settings));
  return [
    ...swept.filter(({ name }) => name === setting).map(({ value }) => value),
    ...(Array.isArray(searched) ? searched : []),
  ];
}

function gridAxes(grid: Mapping, at: Path): SweepAxis[] {
  return Object.entries(grid).map(([name, values]) =>
    (values as unknown[]).map((value, i) => {
      const setting = { name, value, keyAt: [...at, name], valueAt: [...at, name, i] };
      return { name: null, settings: [setting], at: setting.valueAt };
    }),
  );
}

function zipAxis(zip: Mapping): SweepAxis {
  const columns = Object.entries(zip) as [string, unknown[]][];
  const length = columns[0]?.[1].length ?? 0;
  return Array.from({ length }, (_, i) => {
    const settings = columns.map(([name, values]) => {
      const keyAt = ['sweep', 'zip', name];
      return { name, value: values[i], keyAt, valueAt: [...keyAt, i] };
    });
    return { name: null, settings, at: settings[0]!.valueAt };
  });
}

function variantAxis(variants: readonly Mapping[]): SweepAxis {
  return variants.map(({ name, ...rest }, i) => {
    const at = ['sweep', 'variants', i];
    const settings = Object.entries(rest).map(([key, value]) => {
      const place = [...at, key];
      return { name: key, value, keyAt: place, valueAt: place };
    });
    return { name: String(name), settings, at };
  });
}

/** What is wrong with a sweep but for the values of its settings: forms, paths, lists, and what is there twice. */
export function sweepProblems(source: StudySource): Problem[] {
  const sweep = valueAt(source.raw, ['sweep']);
  // What has not the form of a sweep at all, the schema refuses.
  if (!isMapping(sweep) || !sweepSchema.safeParse(sweep).success) return [];
  const problems = [...formProblems(sweep), ...listProblems(sweep)];
  if (problems.length > 0) return problems;
  const axes = sweepAxes(source.raw);
  const settings = axes.flatMap((axis) => axis.flatMap((point) => point.settings));
  return [
    ...settings.flatMap((setting) => pathProblems(source, setting)),
    ...axes.flatMap(twiceProblems),
    ...overwriteProblems(axes),
  ];
}

/** One form or the other, and lists of equal length under zip. */
function formProblems(sweep: Mapping): Problem[] {
  const keys = Object.keys(sweep);
  const has = FORMS.filter((form) => keys.includes(form));
  return keys
    .filter((key) => !FORMS.some((form) => form === key))
    .flatMap((key): Problem[] => {
      if (key.includes('.') && has.length > 0)
        return [problem(['sweep', key], 'key', `expected under grid, since the sweep has ${has.join(' and ')} too`)];
      return key.includes('.') || Array.isArray(sweep[key])
        ? []
        : [problem(['sweep', key], 'key', unknownName('key', key, FORMS))];
    });
}

function listProblems(sweep: Mapping): Problem[] {
  const { grid, zip, variants: _, ...plain } = sweep;
  const columns = (mapping: unknown, at: Path) =>
    Object.entries(isMapping(mapping) ? mapping : {}).flatMap(([name, values]): Problem[] => {
      if (Array.isArray(values) && values.length > 0) return [];
      const message = `read ${quoted(values)}, expected a list of values to try, with at least one`;
      return name.includes('.') || at.length > 1 ? [problem([...at, name], 'value', message)] : [];
    });
  const problems = [
    ...columns(plain, ['sweep']),
    ...columns(grid, ['sweep', 'grid']),
    ...columns(zip, ['sweep', 'zip']),
  ];
  if (problems.length > 0 || !isMapping(zip)) return problems;
  const lists = Object.entries(zip) as [string, unknown[]][];
  const [first] = lists;
  return lists
    .filter(([, values]) => values.length !== first![1].length)
    .map(([name, values]) =>
      problem(
        ['sweep', 'zip', name],
        'value',
        `read ${values.length} values, expected ${first![1].length}, as many as ${first![0]} has`,
      ),
    );
}

function pathProblems({ raw }: StudySource, { name, keyAt }: SweptSetting): Problem[] {
  const section = name.split('.')[0]!;
  if (!SECTIONS.includes(section) || !name.includes('.') || name.split('.').includes('')) {
    const message = `cannot vary ${quoted(name)}, expected the path of a setting under ${SECTIONS.slice(0, -1).join(', ')} or ${SECTIONS.at(-1)}, such as deployment.max_model_len`;
    return [problem(keyAt, 'key', message)];
  }
  const unknownPool = poolPathProblem(raw, parsePath(name, 'sweep'));
  return unknownPool === undefined ? [] : [problem(keyAt, 'key', unknownPool)];
}

/** Points of one axis that are equal, or have one name. */
function twiceProblems(axis: SweepAxis): Problem[] {
  const names = axis.map(({ name }) => name);
  const sameName = axis.findIndex(({ name }, i) => name !== null && names.indexOf(name) < i);
  if (sameName >= 0) {
    const { at, name } = axis[sameName]!;
    return [problem([...at, 'name'], 'value', `read ${quoted(name)} twice, expected different names`)];
  }
  const texts = axis.map(pointText);
  const twice = axis.findIndex((_, i) => texts.indexOf(texts[i]!) < i);
  if (twice < 0) return [];
  const { at, name, settings } = axis[twice]!;
  const first = axis[texts.indexOf(texts[twice]!)]!;
  if (name !== null)
    return [problem(at, 'value', `${quoted(name)} has the settings of ${quoted(first.name)}, expected different ones`)];
  const [setting] = settings;
  return settings.length === 1
    ? [problem(at, 'value', `read ${quoted(setting!.value)} twice, expected different values`)]
    : [problem(at, 'value', `these values are taken together twice, expected different ones`)];
}

function pointText({ settings }: SweepPoint): string {
  const sorted = settings.map(({ name, value }) => [name, value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted);
}

/** A setting that a later axis sets again, itself or with all around it, would be shown and not simulated. */
function overwriteProblems(axes: readonly SweepAxis[]): Problem[] {
  const problems = axes.flatMap((axis, i) =>
    axis.flatMap(({ settings }) =>
      settings.flatMap((later, j) => {
        const before = [
          ...axes.slice(0, i).flatMap((each) => each.flatMap((point) => point.settings)),
          ...settings.slice(0, j),
        ];
        const lost = before.find(({ name }) => `${name}.`.startsWith(`${later.name}.`));
        return lost === undefined
          ? []
          : [problem(later.keyAt, 'key', `${later.name} would overwrite ${lost.name}, which the sweep sets before it`)];
      }),
    ),
  );
  return problems.slice(0, 1);
}

function problem(path: Path, at: 'key' | 'value', message: string): Problem {
  return { path, at, message };
}
