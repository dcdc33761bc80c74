/**
 * Which settings of a study name files. They are relative to the study in which they are written, so a study that is extended
 * by one in another folder has them renamed.
 */
import { InputError } from '../core/input-error.ts';
import { configFileOf } from './model-files.ts';
import type { Path, StudySource } from './problems.ts';
import { shellWords } from './shell-words.ts';

/** By their path; `deployments.<pool>` counts as `deployment`. */
const FILES = new Set([
  'workload.trace',
  'workload.prefix_blocks',
  'deployment.latency.profile',
  'deployment.latency.calibration',
  'deployment.market.spot.trace',
]);
/** A file where it is a path, else a name of the catalog. */
const MODELS = new Set(['deployment.model', 'deployment.speculative_config.model']);

/** Sections of which the keys are paths of settings, and the lists below them values of these. */
const SWEEPS: readonly Path[] = [['sweep'], ['sweep', 'grid'], ['sweep', 'zip'], ['tune', 'cheapest']];

/** The study with the files that it names renamed. */
export function withMovedPaths(source: StudySource, moved: (path: string) => string): StudySource {
  return { ...source, raw: movedIn(source, source.raw, [], [], moved) };
}

/** `at`: where the value stands in the file; `path`: which setting it is. */
function movedIn(
  source: StudySource,
  value: unknown,
  at: Path,
  path: readonly string[],
  moved: (path: string) => string,
): unknown {
  if (Array.isArray(value)) return value.map((item, i) => movedIn(source, item, [...at, i], path, moved));
  if (value !== null && typeof value === 'object') {
    const listsSettings = holdsSettings(at);
    const entries = Object.entries(value).map(([key, item]) => {
      const inner = listsSettings && key.includes('.') ? key.split('.') : [...path, key];
      return [key, movedIn(source, item, [...at, key], inner, moved)];
    });
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string') return value;
  const name = path.join('.').replace(/^deployments\.[^.]+/, 'deployment');
  if (name === 'deployment.serve') checkServeLine(source, value, at);
  if (FILES.has(name)) return moved(value);
  return MODELS.has(name) && configFileOf(value) !== null ? asPath(moved(value)) : value;
}

/** Without a dot in front it would be the name of a model. */
function asPath(file: string): string {
  return /^[./~]/.test(file) ? file : `./${file}`;
}

function holdsSettings(at: Path): boolean {
  const isVariant = at.length === 3 && at[0] === 'sweep' && at[1] === 'variants';
  return isVariant || at[0] === 'baseline' || SWEEPS.some((path) => path.join('.') === at.join('.'));
}

/** A line is kept as it was pasted. */
function checkServeLine(source: StudySource, line: string, at: Path): void {
  const file = shellWords(line).find((word) => /^\.{1,2}(\/|$)/.test(word));
  if (file === undefined) return;
  throw new InputError(
    `${source.locate(at, 'value')}: a study in another folder cannot take over a serve line with the relative path ${file}; expected it as model: beside the line, or the whole path.`,
  );
}
