/**
 * `sweep:` becomes variants: every combination of its values (a grid), the last setting varying fastest. Each variant is
 * checked as if it had been written out, and what is wrong is located at the swept value.
 */
import { InputError } from '../core/input-error.ts';
import type { LoadedStudy } from './load.ts';
import { poolPathProblem } from './pools.ts';
import { type Problem, quoted, raise, type StudySource } from './problems.ts';
import { type StudyFile, studySchema } from './schema.ts';
import { checkedProblems } from './schema-parts.ts';
import { parsePath, withValue } from './set-path.ts';

/** Most runs of one study, seeds included. */
export const MAX_RUNS = 100_000;

/** One combination of the swept values. */
export interface Variant {
  /** Swept settings by path. */
  readonly settings: Record<string, unknown>;
  readonly source: StudySource;
  readonly study: StudyFile;
}

const SWEPT_SECTIONS = ['deployment', 'deployments', 'cluster', 'workload', 'slo'];

/** Checks paths and every value of the sweep on its own; combinations are checked when they are resolved. */
export function checkSweep(loaded: LoadedStudy): void {
  const sweep = Object.entries(loaded.study.sweep ?? {});
  const problems: Problem[] = sweep.flatMap(([name, values]) => pathProblems(loaded.source, name, values));
  raise(loaded.source, problems);
  const messages = sweep.flatMap(([name, values]) =>
    values.flatMap((value, i) => {
      const source = sweptSource(loaded.source, name, value, i);
      try {
        raise(source, checkedProblems(studySchema, source.raw));
        return [];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return [error.message];
      }
    }),
  );
  if (messages.length > 0) throw new InputError([...new Set(messages)].join('\n'));
}

function pathProblems(source: StudySource, name: string, values: readonly unknown[]): Problem[] {
  const path = ['sweep', name];
  const section = name.split('.')[0]!;
  if (!SWEPT_SECTIONS.includes(section) || !name.includes('.') || name.split('.').includes('')) {
    const message = `cannot vary ${quoted(name)}, expected the path of a setting under ${SWEPT_SECTIONS.slice(0, -1).join(', ')} or ${SWEPT_SECTIONS.at(-1)}, such as deployment.max_model_len`;
    return [{ path, at: 'key', message }];
  }
  const unknownPool = poolPathProblem(source.raw, parsePath(name, 'sweep'));
  if (unknownPool !== undefined) return [{ path, at: 'key', message: unknownPool }];
  const texts = values.map((value) => JSON.stringify(value));
  const twice = texts.findIndex((text, i) => texts.indexOf(text) < i);
  return twice < 0
    ? []
    : [
        {
          path: [...path, twice],
          at: 'value',
          message: `read ${quoted(values[twice])} twice, expected different values`,
        },
      ];
}

function sweptSource(source: StudySource, name: string, value: unknown, index: number): StudySource {
  const path = parsePath(name, 'sweep');
  return withValue(source, path, value, (part) =>
    part === 'key' ? source.locate(['sweep', name], 'key') : source.locate(['sweep', name, index], 'value'),
  );
}

/** All variants of a study; one without settings where nothing is swept. */
export function expandSweep(loaded: LoadedStudy): Variant[] {
  const { sweep, ...rest } = loaded.study;
  const first: Variant = { settings: {}, source: loaded.source, study: rest };
  return Object.entries(sweep ?? {}).reduce(
    (variants: Variant[], [name, values]) =>
      variants.flatMap((variant) =>
        values.map((value, i) => {
          const source = sweptSource(variant.source, name, value, i);
          return { settings: { ...variant.settings, [name]: value }, source, study: source.raw as StudyFile };
        }),
      ),
    [first],
  );
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
