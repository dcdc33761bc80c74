/**
 * The text of a claim file becomes a claim and the studies of its cases. A case that is wrong is reported where it was
 * written: in the case, or in the study that it changes.
 */
import { checkStudy, type LoadedStudy, parseSource } from '../../config/load.ts';
import { type Path, type Problem, raise, type StudySource, valueAt } from '../../config/problems.ts';
import { checkedProblems, unknownName } from '../../config/schema-parts.ts';
import { InputError } from '../../core/input-error.ts';
import { isMapping } from '../../core/mapping.ts';
import { type ClaimHead, type Expectation, headSchema } from './claim-schema.ts';
import { expectationProblems } from './dimension.ts';
import { everyPart, type Quantity } from './quantity.ts';

/** One system that a claim speaks of. */
export interface LoadedCase {
  readonly name: string;
  /** Null where the deployment is refused and the claim asks whether it is. */
  readonly study: LoadedStudy | null;
  /** Why it is refused; null where it is not. */
  readonly refused: string | null;
  /** Whether there is anything to simulate. */
  readonly hasWorkload: boolean;
}

export interface LoadedClaim {
  readonly source: StudySource;
  readonly claim: ClaimHead['claim'];
  readonly expect: readonly Expectation[];
  readonly cases: readonly LoadedCase[];
}

/** The name of the only case of a claim that names none. */
export const ONLY_CASE = 'study';

/** For deployments that are only checked: requests do not matter to them. */
const ANY_WORKLOAD = { synthetic: 'chat', num_requests: 1 };

/** Reads a claim file; throws everything that is wrong with it. */
export function loadClaim(text: string, fileName: string): LoadedClaim {
  const source = parseSource(text, fileName);
  raise(source, checkedProblems(headSchema, source.raw));
  const { claim, expect, cases, ...study } = source.raw as ClaimHead;
  raise(source, expectationProblems(expect));
  if (claim.waits_for !== undefined) return { source, claim, expect, cases: [] };
  const asked = casesAsked(expect);
  const changes = cases ?? ('deployment' in study ? { [ONLY_CASE]: {} } : {});
  raise(source, caseProblems(expect, Object.keys(changes)));
  const messages: string[] = [];
  const names = cases === undefined ? Object.keys(changes) : source.keysAt(['cases']);
  const loaded = names.map((name) => {
    const made = caseSource(source, study, cases === undefined ? null : name, changes[name]!);
    return loadCase(made, name, asked, messages);
  });
  if (messages.length > 0) throw new InputError([...new Set(messages)].join('\n'));
  return { source, claim, expect, cases: loaded };
}

/** Whether a file is a claim rather than a plain study. */
export function isClaim(text: string, fileName: string): boolean {
  return valueAt(parseSource(text, fileName).raw, ['claim']) !== undefined;
}

function loadCase(source: StudySource, name: string, asked: ReadonlySet<string>, messages: string[]): LoadedCase {
  const hasWorkload = valueAt(source.raw, ['workload']) !== undefined;
  const complete = hasWorkload ? source : { ...source, raw: { ...(source.raw as object), workload: ANY_WORKLOAD } };
  try {
    return { name, study: checkStudy(complete), refused: null, hasWorkload };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (!asked.has(name)) messages.push(error.message);
    return { name, study: null, refused: error.message, hasWorkload };
  }
}

/** The study with a case's changes laid over it: mappings are merged, everything else is replaced. */
function caseSource(source: StudySource, study: object, name: string | null, change: object): StudySource {
  const here: Path = name === null ? [] : ['cases', name];
  return {
    ...source,
    raw: merged(study, change),
    locate: (path, at) =>
      source.locate(name !== null && valueAt(change, path) !== undefined ? [...here, ...path] : path, at),
  };
}

function merged(base: unknown, change: unknown): unknown {
  if (!isMapping(base) || !isMapping(change)) return change;
  const keys = new Set([...Object.keys(base), ...Object.keys(change)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in change ? (key in base ? merged(base[key], change[key]) : change[key]) : base[key],
    ]),
  );
}

/** Cases of which the claim asks whether they are accepted: being refused is an answer there. */
function casesAsked(expect: readonly Expectation[]): ReadonlySet<string> {
  const parts = expect.flatMap(({ quantity }) => [...everyPart(quantity)]);
  return new Set(parts.flatMap((part) => (isAcceptance(part) ? [part.of ?? ONLY_CASE] : [])));
}

function isAcceptance(part: Quantity): part is { check: 'accepted'; of?: string } {
  return typeof part === 'object' && 'check' in part && part.check === 'accepted';
}

function caseProblems(expect: readonly Expectation[], names: readonly string[]): Problem[] {
  return expect.flatMap(({ quantity }, i) =>
    [...everyPart(quantity)].flatMap((part): Problem[] => {
      if (typeof part !== 'object' || !('value' in part || 'check' in part)) return [];
      const path = ['expect', i, 'quantity'];
      if (part.of !== undefined && !names.includes(part.of)) {
        return [{ path, at: 'value', message: unknownName('case', part.of, names) }];
      }
      if (part.of !== undefined || names.length === 1) return [];
      const message =
        names.length === 0 ? 'there is no deployment to ask' : `of which case? Expected of: ${names.join(', ')}`;
      return [{ path, at: 'value', message }];
    }),
  );
}
