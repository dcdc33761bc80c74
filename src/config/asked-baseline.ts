/** The baseline that a study asks for by a name or by settings: which point of each axis of its sweep is meant, for each variant. */
import { pointLoad } from './load-settings.ts';
import { type Path, quoted, raise, type StudySource } from './problems.ts';
import type { StudyFile } from './schema.ts';
import { unknownName } from './schema-parts.ts';
import { variantName } from './sweep.ts';
import type { SweepAxis, SweepPoint } from './sweep-axes.ts';

/** Of each point of an axis the point that the baseline has there; null: none. */
export type Partners = readonly (number | null)[];

/** Every point is compared with itself: the axis is left open. */
export function matched(axis: SweepAxis): Partners {
  return axis.map((_, point) => point);
}

/** Axis by axis; throws where the baseline names what is not swept, or several points of an axis under one load. */
export function askedPartners(
  source: StudySource,
  asked: NonNullable<StudyFile['baseline']>,
  axes: readonly SweepAxis[],
): Partners[] {
  const { name, settings } = wanted(asked);
  checkNames(source, asked, name, axes);
  checkSettings(source, settings, axes);
  if (name === null && settings.length === 0)
    refuse(
      source,
      ['baseline'],
      `read ${quoted(asked)}, expected settings that pick one, such as { ${example(axes)} }`,
    );
  return axes.map((axis) => {
    const own = settings.filter(([key]) => setsKey(axis, key));
    const isNamed = name !== null && axis.some((point) => point.name !== null);
    if (own.length === 0 && !isNamed) return matched(axis);
    const fits = (point: SweepPoint) =>
      (!isNamed || point.name === name) && own.every(([key, value]) => textOf(point, key) === JSON.stringify(value));
    const found = axis.flatMap((point, i) => (fits(point) ? [i] : []));
    if (found.length === 0)
      refuse(source, ['baseline'], `read ${quoted(asked)}, no variant is so; expected one of ${titles(axis)}`);
    return axis.map((point) => {
      const alike = found.length === 1 ? found : found.filter((i) => pointLoad(axis[i]!) === pointLoad(point));
      if (alike.length > 1) {
        const fitting = titles(alike.map((i) => axis[i]!));
        const message = `read ${quoted(asked)}, which fits ${alike.length} variants: ${fitting}; expected settings that pick one`;
        refuse(source, ['baseline'], message);
      }
      return alike[0] ?? null;
    });
  });
}

interface Wanted {
  readonly name: string | null;
  readonly settings: readonly (readonly [string, unknown])[];
}

function wanted(asked: NonNullable<StudyFile['baseline']>): Wanted {
  if (typeof asked === 'string') return { name: asked, settings: [] };
  const { variant, ...settings } = asked;
  return { name: variant === undefined ? null : String(variant), settings: Object.entries(settings) };
}

function checkNames(source: StudySource, asked: unknown, name: string | null, axes: readonly SweepAxis[]): void {
  const names = axes.flatMap((axis) => axis.flatMap((point) => point.name ?? []));
  if (name === null || names.includes(name)) return;
  const message =
    names.length === 0
      ? `read ${quoted(name)}, but no variant has a name; expected settings that pick one, such as { ${example(axes)} }`
      : unknownName('variant', name, names);
  refuse(source, typeof asked === 'string' ? ['baseline'] : ['baseline', 'variant'], message);
}

function checkSettings(source: StudySource, settings: Wanted['settings'], axes: readonly SweepAxis[]): void {
  const points = axes.flat();
  const keys = [...new Set(points.flatMap((point) => point.settings.map(({ name }) => name)))];
  for (const [key, value] of settings) {
    if (!keys.includes(key)) {
      const message = keys.length === 0 ? 'the study varies nothing' : unknownName('swept setting', key, keys);
      refuse(source, ['baseline', key], message, 'key');
    }
    const tried = [...new Set(points.flatMap((point) => textOf(point, key) ?? []))];
    if (tried.includes(JSON.stringify(value))) continue;
    const names = tried.map((text) => text.replace(/^"(.*)"$/, '$1'));
    // Of numbers the nearest spelling is not the nearest value.
    const message =
      typeof value === 'string'
        ? unknownName('value', value, names)
        : `read ${quoted(value)}, expected one of ${names.join(', ')}`;
    refuse(source, ['baseline', key], message);
  }
}

function setsKey(axis: SweepAxis, key: string): boolean {
  return axis.some(({ settings }) => settings.some(({ name }) => name === key));
}

/** The value of a setting; undefined where the point does not have it. */
function textOf({ settings }: SweepPoint, key: string): string | undefined {
  const setting = settings.find(({ name }) => name === key);
  return setting === undefined ? undefined : JSON.stringify(setting.value);
}

function example(axes: readonly SweepAxis[]): string {
  const { name, value } = axes[0]?.[0]?.settings[0] ?? { name: 'deployment.max_model_len', value: 8192 };
  return `${name}: ${JSON.stringify(value)}`;
}

const MOST_SHOWN = 4;

function titles(points: readonly SweepPoint[]): string {
  const texts = points.map(({ name, settings }) =>
    quoted(name ?? variantName(Object.fromEntries(settings.map((each) => [each.name, each.value])))),
  );
  const more = texts.length - MOST_SHOWN;
  return [...texts.slice(0, MOST_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function refuse(source: StudySource, path: Path, message: string, at: 'key' | 'value' = 'value'): void {
  raise(source, [{ path, at, message }]);
}
