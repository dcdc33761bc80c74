/**
 * Budgets and runaway chains of a workload with every default applied. The defaults of a hint (half the thinking, one
 * request in five ignores it) and of a classifier's time (8 ms) lie in the middle of what deployment guides for
 * reasoning models state; docs/REASONING.md names what is an assumption.
 */
import { parseDurationUs } from '../core/units.ts';
import type { Path, Problem } from './problems.ts';
import type { AnswerLimits, Budget, ClassifierBudget, Runaway } from './resolved.ts';
import { unknownName } from './schema-parts.ts';
import type { BudgetInput } from './schema-workload-budget.ts';

const HINT = { cut: 0.5, ignored_by: 0.2 };
const CLASSIFIER_DELAY = '8ms';
const RUNAWAY_TOKENS = 100_000;

type GivenBudget = Exclude<BudgetInput, 'none' | null>;
type GivenClassifier = NonNullable<GivenBudget['classifier']>;
type GivenLimits = { [K in keyof AnswerLimits]?: AnswerLimits[K] | null | undefined };

/** `classNames`: of the workload, in their order. */
export function resolveBudget(given: BudgetInput | undefined, classNames: readonly string[]): Budget | null {
  if (given == null || given === 'none') return null;
  const { hint, classifier } = given;
  return {
    hint: hint == null ? null : { cut: hint.cut ?? HINT.cut, ignored_by: hint.ignored_by ?? HINT.ignored_by },
    classifier: classifier == null ? null : resolveClassifier(classifier, classNames),
    thinking_tokens: given.thinking_tokens ?? null,
    max_tokens: given.max_tokens ?? null,
  };
}

export function resolveRunaway(
  given: { share: number; tokens?: number | undefined } | null | undefined,
): Runaway | null {
  return given == null ? null : { share: given.share, tokens: given.tokens ?? RUNAWAY_TOKENS };
}

function resolveClassifier(given: GivenClassifier, classNames: readonly string[]): ClassifierBudget {
  const groups = Array.isArray(given.budgets)
    ? given.budgets.map((group) => ({ below: group.below ?? null, ...limitsOf(group) }))
    : classNames.map((name) => ({ below: null, ...limitsOf((given.budgets as Record<string, GivenLimits>)[name]) }));
  return {
    delay_us: parseDurationUs(given.delay ?? CLASSIFIER_DELAY),
    by: Array.isArray(given.budgets) ? 'thinking' : 'class',
    groups,
    confusion: given.confusion ?? evenConfusion(groups.length, given.error_rate ?? 0),
  };
}

function limitsOf({ cut, thinking_tokens, max_tokens }: GivenLimits = {}): AnswerLimits {
  return { cut: cut ?? 0, thinking_tokens: thinking_tokens ?? null, max_tokens: max_tokens ?? null };
}

/** An error takes a request for one of the other groups, all with the same chance. */
function evenConfusion(groups: number, errorRate: number): number[][] {
  return Array.from({ length: groups }, (_, own) =>
    Array.from({ length: groups }, (_, other) => (own === other ? 1 - errorRate : errorRate / (groups - 1))),
  );
}

/** What is wrong with a budget at that path. `thinks`: some of the requests that it is for think. */
export function budgetProblems(
  given: BudgetInput | undefined,
  path: Path,
  classNames: readonly string[],
  thinks: boolean,
): Problem[] {
  if (given == null || given === 'none') return [];
  const settings = Object.values(given).filter((value) => value != null);
  if (settings.length === 0) {
    return [{ path, at: 'value', message: 'empty; expected hint, classifier, thinking_tokens or max_tokens, or none' }];
  }
  const problems =
    given.classifier == null ? [] : classifierProblems(given.classifier, [...path, 'classifier'], classNames);
  if (!thinks && concernsThinking(given)) {
    const message = 'it shortens thinking, but these requests do not think; give them a thinking_share';
    problems.push({ path, at: 'value', message });
  }
  return problems;
}

function concernsThinking({ hint, classifier, thinking_tokens }: GivenBudget): boolean {
  if (hint != null || thinking_tokens != null) return true;
  const limits: readonly GivenLimits[] = classifier == null ? [] : Object.values(classifier.budgets);
  return limits.some(({ cut, thinking_tokens: tokens }) => tokens != null || (cut ?? 0) > 0);
}

function classifierProblems(given: GivenClassifier, path: Path, classNames: readonly string[]): Problem[] {
  const budgets = [...path, 'budgets'];
  const problems: Problem[] = [];
  if (Array.isArray(given.budgets)) {
    problems.push(
      ...rangeProblems(
        given.budgets.map(({ below }) => below ?? null),
        budgets,
      ),
    );
  } else if (classNames.length === 0) {
    problems.push({ path: budgets, at: 'value', message: 'budgets by class, but the workload has no classes' });
  } else {
    for (const name of Object.keys(given.budgets).filter((key) => !classNames.includes(key)))
      problems.push({ path: [...budgets, name], at: 'key', message: unknownName('class', name, classNames) });
  }
  const groups = Array.isArray(given.budgets) ? given.budgets.length : classNames.length;
  return [...problems, ...confusionProblems(given, groups, path)];
}

function rangeProblems(below: readonly (number | null)[], path: Path): Problem[] {
  const last = below.length - 1;
  for (const [i, bound] of below.entries()) {
    const at = (key: 'below' | null, message: string): Problem[] => [
      { path: key === null ? [...path, i] : [...path, i, key], at: 'value', message },
    ];
    if (i === last && bound !== null)
      return at('below', 'the last group has no upper bound; remove below, or add a group');
    if (i < last && bound === null) return at(null, 'missing below, which only the last group goes without');
    if (i < last && i > 0 && bound! <= below[i - 1]!) {
      return at('below', `read ${bound} after ${below[i - 1]}, expected ascending bounds`);
    }
  }
  return [];
}

function confusionProblems(
  { error_rate: errorRate, confusion }: GivenClassifier,
  groups: number,
  path: Path,
): Problem[] {
  const problem = (at: 'key' | 'value', key: readonly (string | number)[], message: string): Problem[] => [
    { path: [...path, ...key], at, message },
  ];
  if (errorRate !== undefined && confusion !== undefined)
    return problem('key', ['error_rate'], 'read both error_rate and confusion, expected one of them');
  if ((errorRate ?? 0) > 0 && groups < 2)
    return problem('value', ['error_rate'], `read ${errorRate}, but with one group nothing can be mistaken`);
  if (confusion === undefined) return [];
  const misfit = confusion.findIndex((row) => row.length !== groups);
  if (confusion.length !== groups || misfit >= 0) {
    return problem('value', ['confusion'], `expected ${groups} rows of ${groups} shares, one a group`);
  }
  const uneven = confusion.findIndex((row) => Math.abs(row.reduce((sum, chance) => sum + chance, 0) - 1) > 1e-9);
  return uneven < 0 ? [] : problem('value', ['confusion', uneven], 'expected shares that sum to 1');
}
