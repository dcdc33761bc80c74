/**
 * `sweep:` becomes variants: every combination of the points of its axes, the last axis varying fastest. Each variant is
 * checked as if it had been written out, and what is wrong is located at the swept value.
 */
import { InputError } from '../core/input-error.ts';
import type { LoadedStudy } from './load.ts';
import { raise, type StudySource } from './problems.ts';
import { type StudyFile, studySchema } from './schema.ts';
import { checkedProblems } from './schema-parts.ts';
import { parsePath, withValue } from './set-path.ts';
import { type SweepPoint, type SweptSetting, sweepAxes } from './sweep-axes.ts';

/** Most runs of one study, seeds included. */
export const MAX_RUNS = 100_000;

/** One combination of the swept values. */
export interface Variant {
  /** Swept settings by path. */
  readonly settings: Record<string, unknown>;
  /** Of a named variant; else null. */
  readonly name: string | null;
  /** In words, for titles: its name, and what else is swept; empty without a sweep. */
  readonly title: string;
  readonly source: StudySource;
  readonly study: StudyFile;
}

/** Checks every value of the sweep on its own; combinations are checked when they are resolved. */
export function checkSweep({ source }: LoadedStudy): void {
  const messages = sweepAxes(source.raw)
    .flat()
    .flatMap((point) => {
      const swept = sweptSource(source, point);
      try {
        raise(swept, checkedProblems(studySchema, swept.raw));
        return [];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return error.message.split('\n');
      }
    });
  if (messages.length > 0) throw new InputError([...new Set(messages)].join('\n'));
}

function sweptSource(source: StudySource, { settings }: SweepPoint): StudySource {
  return settings.reduce(
    (changed, { name, value, keyAt, valueAt }) =>
      withValue(changed, parsePath(name, 'sweep'), value, (part) =>
        part === 'key' ? source.locate(keyAt, 'key') : source.locate(valueAt, 'value'),
      ),
    source,
  );
}

/** All variants of a study; one without settings where nothing is swept. */
export function expandSweep({ source }: LoadedStudy): Variant[] {
  const first: Expanded = { points: [], source };
  return sweepAxes(source.raw)
    .reduce(
      (variants: Expanded[], axis) =>
        variants.flatMap((variant) =>
          axis.map((point) => ({
            points: [...variant.points, point],
            source: sweptSource(variant.source, point),
          })),
        ),
      [first],
    )
    .map(variantOf);
}

interface Expanded {
  readonly points: readonly SweepPoint[];
  readonly source: StudySource;
}

function variantOf({ points, source }: Expanded): Variant {
  const name = points.find((point) => point.name !== null)?.name ?? null;
  const beside = settingsOf(points.filter((point) => point.name === null));
  const title = [name, variantName(beside)].filter((part) => part !== null && part !== '').join(', ');
  const { sweep: _, ...study } = source.raw as StudyFile;
  return { settings: settingsOf(points), name, title, source, study };
}

function settingsOf(points: readonly SweepPoint[]): Record<string, unknown> {
  const settings = points.flatMap((point): readonly SweptSetting[] => point.settings);
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
}

/** A short name: `max_model_len=8192 request_rate=1.5`; longer paths where the last part alone is ambiguous. */
export function variantName(settings: Readonly<Record<string, unknown>>): string {
  const paths = Object.keys(settings);
  const lasts = paths.map((path) => path.split('.').at(-1)!);
  return paths
    .map((path, i) => {
      const name = lasts.filter((last) => last === lasts[i]).length > 1 ? path : lasts[i];
      const value = settings[path];
      return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
    })
    .join(' ');
}
