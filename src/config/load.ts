/**
 * The text of a study file becomes plain data with the place of every part, checked against the schema. All that is
 * wrong is reported at once, each with file, line and column. `--set path=value` changes a study before it is checked.
 */
import { isMap, isPair, isScalar, LineCounter, type Node, parse, parseDocument } from 'yaml';
import { InputError } from '../core/input-error.ts';
import { isMapping } from '../core/mapping.ts';
import { poolPathProblem, poolProblems, writtenPools } from './pools.ts';
import { type Path, type Problem, raise, type StudySource, valueAt } from './problems.ts';
import { type StudyFile, studySchema } from './schema.ts';
import { checkedProblems } from './schema-parts.ts';
import type { WorkloadInput } from './schema-workload.ts';
import { servedDeployment } from './served-deployment.ts';
import { parsePath, withValue } from './set-path.ts';
import { checkSweep } from './sweep.ts';
import { sweepProblems } from './sweep-axes.ts';
import { withoutSwept } from './unswept.ts';

/** A study as the user wrote it: checked, no default applied. */
export interface LoadedStudy {
  readonly source: StudySource;
  readonly study: StudyFile;
}

/** One mistake in YAML often causes many; a file that is no study at all would fill the screen. */
const MAX_SYNTAX_ERRORS = 5;

/** A workload that takes the place of the study's own, and where it comes from, for messages. */
export interface GivenWorkload {
  readonly workload: WorkloadInput;
  readonly from: string;
}

/** Reads a study file. `fileName` names it in messages. A study that is given its workload needs none of its own. */
export function loadStudy(text: string, fileName: string, given: GivenWorkload | null = null): LoadedStudy {
  return loadSource(parseSource(text, fileName), given);
}

/** Checks a study that has been parsed and, if it extends another, laid over that. */
export function loadSource(source: StudySource, given: GivenWorkload | null = null): LoadedStudy {
  // What is no mapping is no study, with or without a workload.
  if (given === null || !isMapping(source.raw)) return checkStudy(source);
  return checkStudy(withValue(source, ['workload'], given.workload, () => given.from));
}

/**
 * Changes a loaded study by assignments such as `deployment.max_model_len=8192`; values are read as YAML. Later ones
 * win.
 */
export function applyOverrides(loaded: LoadedStudy, assignments: readonly string[]): LoadedStudy {
  return assignments.length === 0 ? loaded : checkStudy(assignments.reduce(withOverride, loaded.source));
}

/** The study without what is said of its variants, with values in place of settings by their dotted path. */
export function withSettings({ source }: LoadedStudy, settings: Readonly<Record<string, unknown>>): LoadedStudy {
  const { sweep, baseline, until, ...rest } = source.raw as Record<string, unknown>;
  return checkStudy(
    Object.entries(settings).reduce<StudySource>(
      (changed, [name, value]) => withSetting(changed, name, value, `${name}=${JSON.stringify(value)}`),
      { ...source, raw: rest },
    ),
  );
}

/** Checks the data against the schema, the swept values too. */
export function checkStudy(source: StudySource): LoadedStudy {
  raise(source, [
    ...checkedProblems(studySchema, source.raw),
    ...extendsProblems(source.raw),
    ...poolProblems(source.raw),
    ...sweepProblems(source),
  ]);
  const loaded = { source, study: source.raw as StudyFile };
  checkSweep(loaded);
  for (const pool of writtenPools(source, loaded.study)) servedDeployment(pool.source, pool.input);
  return loaded;
}

/** A study file is laid over the other before it is checked, so that here nothing extends any more. */
function extendsProblems(raw: unknown): Problem[] {
  if (typeof valueAt(raw, ['extends']) !== 'string') return [];
  return [{ path: ['extends'], at: 'key', message: 'expected in a study file of its own, and nowhere else' }];
}

function withOverride(source: StudySource, assignment: string): StudySource {
  const equals = assignment.indexOf('=');
  const written = `--set ${assignment}`;
  if (equals < 1) throw new InputError(`${written}: expected path=value, such as deployment.max_model_len=8192.`);
  const name = assignment.slice(0, equals).trim();
  let value: unknown;
  try {
    value = parse(assignment.slice(equals + 1));
  } catch (error) {
    throw new InputError(`${written}: the value is not YAML: ${firstLine(error)}`);
  }
  return withSetting(withoutSwept(source, name, written), name, value, written);
}

/** `written` names the assignment in messages. */
function withSetting(source: StudySource, name: string, value: unknown, written: string): StudySource {
  const path = parsePath(name, written);
  const unknownPool = poolPathProblem(source.raw, path);
  if (unknownPool !== undefined) throw new InputError(`${written}: ${unknownPool}.`);
  return withValue(source, path, value, () => written);
}

/** A file as it was written. */
export interface FileSource extends StudySource {
  /** Keys of the mapping at a path, in the order of the file; those of an object begin with what looks like an integer. */
  keysAt(path: Path): string[];
}

/** YAML as data, with the place of every part. */
export function parseSource(text: string, fileName: string): FileSource {
  if (text.includes('\0')) throw new InputError(`${fileName}: not a text file; expected a study in YAML.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${fileName}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const shown = document.errors.slice(0, MAX_SYNTAX_ERRORS);
    const rest = document.errors.length - shown.length;
    const lines = shown.map((error) => `${at(error.pos[0])}: ${sentence(error.message)}`);
    throw new InputError(
      [...lines, ...(rest > 0 ? [`${fileName}: ${rest} more; is it a study file?`] : [])].join('\n'),
    );
  }
  const contents = document.contents as Node | null;
  const raw = document.toJS() as unknown;
  return {
    fileName,
    raw,
    comment: leadingComment([document.commentBefore, contents?.commentBefore, firstKey(contents)?.commentBefore]),
    locate: (path, where) => at(offsetOf(contents, path, where)),
    keysAt: (path) => {
      const written = writtenKeys(document.toJS({ mapAsMap: true }), path);
      return Object.keys(valueAt(raw, path) ?? {}).sort((a, b) => written.indexOf(a) - written.indexOf(b));
    },
  };
}

/** `data`: of JavaScript's maps, which keep the order of their keys. */
function writtenKeys(data: unknown, path: Path): string[] {
  const found = path.reduce((value, part) => (value instanceof Map ? (value.get(part) as unknown) : undefined), data);
  return found instanceof Map ? [...found.keys()].map(String) : [];
}

/** Offset of the key or value at a path, or of the nearest part around it that is there. */
function offsetOf(root: Node | null, path: Path, where: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    const pair = isMap(node)
      ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part))
      : undefined;
    const key = pair?.key as Node | undefined;
    const value =
      pair === undefined ? (node as { get?(k: unknown, keep: true): unknown })?.get?.(part, true) : pair.value;
    const target = (last && where === 'key' ? key : (value as Node | null)) ?? key;
    if (target?.range == null) return offset;
    offset = target.range[0];
    node = value;
  }
  return offset;
}

function firstKey(contents: Node | null): Node | undefined {
  return isMap(contents) ? (contents.items[0]?.key as Node | undefined) : undefined;
}

/** The comment above the first key, as one paragraph, without editors' mode lines. */
function leadingComment(comments: readonly (string | null | undefined)[]): string | null {
  const lines = comments
    .flatMap((comment) => (comment ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(yaml-language-server:|vim?:|-\*-)/.test(line));
  return lines.length === 0 ? null : lines.join(' ');
}

function firstLine(error: unknown): string {
  return sentence(String((error as Error).message).split('\n')[0]!);
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
