/**
 * The building blocks of the study file's schema. Each says in words what it expects, once, whatever is wrong with the
 * value; `checkedProblems` turns zod's issues into problems with a path.
 */
import { z } from 'zod';
import { nearestName } from '../core/input-error.ts';
import { parseDurationUs } from '../core/units.ts';
import { type Path, type Problem, quoted, valueAt } from './problems.ts';

/** A mapping with these keys and no others. `hint` may know more about a key that is not among them. */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  what: string,
  hint: (key: string) => string | undefined = () => undefined,
) {
  const unknownKey = (key: string) => hint(key) ?? unknownName('key', key, Object.keys(shape));
  return z.strictObject(shape, {
    // One line a key: `checkedProblems` deals them out again.
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(unknownKey).join('\n') : `expected ${what}`),
  });
}

/** `unknown key "x". Did you mean "y"?`, or the list of what there is. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const help = nearest === undefined ? `Expected one of ${known.join(', ')}` : `Did you mean "${nearest}"?`;
  return `unknown ${kind} "${name}". ${help}`;
}

/** A whole number from `minimum` on. */
export function count(minimum: number) {
  const error = `expected a whole number of ${minimum} or more`;
  return z.int({ error }).min(minimum, { error });
}

/** A number in an interval whose ends are given in words too. */
export function number(range: { above?: number; from?: number; below?: number; to?: number }, words: string) {
  const error = `expected ${words}`;
  let schema = z.number({ error });
  if (range.above !== undefined) schema = schema.gt(range.above, { error });
  if (range.from !== undefined) schema = schema.gte(range.from, { error });
  if (range.below !== undefined) schema = schema.lt(range.below, { error });
  if (range.to !== undefined) schema = schema.lte(range.to, { error });
  return schema;
}

export const positive = () => number({ above: 0 }, 'a number above 0');
export const notNegative = () => number({ from: 0 }, 'a number of 0 or more');
export const anyNumber = () => number({}, 'a number');
export const share = () => number({ from: 0, to: 1 }, 'a share from 0 to 1');
export const text = (what = 'text') => z.string({ error: `expected ${what}` }).min(1, { error: `expected ${what}` });
export const flag = () => z.boolean({ error: 'expected true or false' });

export function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, { error: (issue) => expectedOneOf(names, issue.input) });
}

/** `expected one of a, b. Did you mean "a"?` */
export function expectedOneOf(names: readonly string[], read: unknown): string {
  const nearest = typeof read === 'string' ? nearestName(read, names) : undefined;
  return `expected ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}${nearest === undefined ? '' : `. Did you mean "${nearest}"?`}`;
}

/** A whole number of tokens or bytes; text may use vLLM's suffixes. Read with `parseTokenCount`. */
export function tokenCount(minimum: number, extra: readonly string[] = []) {
  const or = extra.length === 0 ? '' : `, or ${extra.join(' or ')}`;
  const error = `expected a whole number of ${minimum} or more, such as 8192, 8k (8,000) or 8K (8,192)${or}`;
  const pattern = new RegExp(`^(\\d+|\\d+(\\.\\d+)?[kmgt]|\\d+[KMGT]${extra.map((word) => `|${word}`).join('')})$`);
  return z.union([z.int({ error }).min(minimum, { error }), z.string({ error }).regex(pattern, { error })], { error });
}

/** A length of time. Read with `parseDurationUs`. */
export function duration() {
  const error = 'expected a duration such as 60ms, 2s, 10m or 1h, or a number of seconds';
  const pattern = /^\d+(\.\d+)?(us|µs|ms|s|m|min|h|d)?$/;
  return z.union([z.number({ error }).nonnegative({ error }), z.string({ error }).regex(pattern, { error })], {
    error,
  });
}

/** A length of time that is not nothing. */
export function durationAbove0() {
  return duration().refine((value) => parseDurationUs(value) > 0, { error: 'expected a duration above 0' });
}

export function list<Item extends z.ZodType>(item: Item, what: string) {
  const error = `expected a list of ${what}, with at least one`;
  return z.array(item, { error }).min(1, { error });
}

/** One of several mappings, told apart by their keys: `keys` are those that do. */
export function oneOf<const Branches extends readonly [z.ZodType, ...z.ZodType[]]>(
  branches: Branches,
  what: string,
  keys: readonly string[],
) {
  return z.union(branches, {
    error: ({ input }) => {
      const read = input !== null && typeof input === 'object' ? Object.keys(input) : [];
      const strange = read.find((key) => !keys.includes(key) && nearestName(key, keys) !== undefined);
      return `expected ${what}${strange === undefined ? '' : `. Did you mean "${nearestName(strange, keys)}"?`}`;
    },
  });
}

/** A number from -1 to 1. */
export const correlation = () => number({ from: -1, to: 1 }, 'a number from -1 to 1');

/** Checks plain data against a schema. `base` is the path of the data inside the study. */
export function checkedProblems(schema: z.ZodType, data: unknown, base: Path = []): Problem[] {
  const result = schema.safeParse(data);
  return result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, data, [], base));
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, data: unknown, outer: Path, base: Path): Problem[] {
  const path = [...outer, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...base, ...path, key], at: 'key' as const, message: messages[i]! }));
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors, valueAt(data, path));
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, data, path, base));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: [...base, ...path], at: 'key', message: issue.issues[0]?.message ?? issue.message }];
  }
  const read = valueAt(data, path);
  const message = read === undefined ? `missing; ${issue.message}` : `read ${quoted(read)}, ${issue.message}`;
  return [{ path: [...base, ...path], at: 'value', message }];
}

/**
 * The branch of a union that was meant, if one can be told: the one that fails only further inside, or, of those that
 * merely meet an unknown key, the first.
 */
function meantBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | undefined {
  const misfits = (issues: readonly Issue[]) => {
    const missing = issues.filter(
      (issue) => issue.path.length === 1 && valueAt(value, issue.path as Path) === undefined,
    );
    const root = issues.filter((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys');
    return missing.length + root.length;
  };
  return branches.find((issues) => issues.length > 0 && misfits(issues) === 0);
}
