/** What `servesim tune` prints: the question, the advice, every candidate that was tried, and how the search went. */
import { formatCount, threeDigits } from '../../core/units.ts';
import { plural } from '../format.ts';
import { fittingColumns, hanging, textTable, wrap } from '../table.ts';
import { shortNames } from './short-names.ts';
import { ANSWER, shownCandidates, type TuneColumn, tuneColumns } from './tune-columns.ts';
import type { TuneCandidateReport, TuneReport } from './tune-report.ts';
import { boundText, metricOf } from './tune-words.ts';

export interface TuneConsoleOptions {
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly color: boolean;
}

const CODES = { bold: 1, dim: 2, green: 32 };

/** The text, which ends with a line break. */
export function tuneConsole(report: TuneReport, { columns: width, color }: TuneConsoleOptions): string {
  const paint: Paint = (code, text) => (color ? `\u001b[${CODES[code]}m${text}\u001b[0m` : text);
  const [first = '', ...others] = report.advice;
  const rows = mostTelling(report);
  const { decisive, others: costs } = tuneColumns(report, rows, 'decisive');
  const fits = widthOf(decisive) <= width;
  const [name] = decisive;
  const answers = fits ? decisive : tuneColumns(report, rows, 'none').decisive.map(ranked);
  const shown = fitted(answers, width).map(({ header }) => header);
  const second = [
    ...answers.filter(({ header }) => !shown.includes(header) && !LEAST_TELLING.includes(header)),
    ...costs,
  ];
  const left = shownCandidates(report).length - rows.length;
  const blocks = [
    [paint('bold', report.name), ...(report.question === null ? [] : wrap(report.question, width))],
    wrap(first, width).map((line) => paint('bold', line)),
    others.flatMap((sentence) => wrap(sentence, width)),
    tableOf(answers, width, paint),
    tableOf([name!, ...second.map((column, i) => ({ ...column, rank: second.length - i }))], width, paint),
    left === 0 ? [] : [`${left} more candidates in tune.csv, tune.json and the page (-o).`],
    refusals(report).flatMap((line) => hanging('- ', line, width)),
    [...searchLines(report), ...report.notes].flatMap((line) => wrap(line, width)).map((line) => paint('dim', line)),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

type Paint = (code: keyof typeof CODES, text: string) => string;

/** Those that go first where not all find room: they do not tell whether a candidate does. */
const LEAST_TELLING = ['seeds', 'front'];

type RankedColumn = TuneColumn & { readonly rank?: number };

/** Names and verdicts stay; of the figures those that come first. */
function ranked(column: TuneColumn, place: number, { length }: readonly TuneColumn[]): RankedColumn {
  if (place < 2) return column;
  const rank = LEAST_TELLING.indexOf(column.header);
  return { ...column, rank: rank < 0 ? LEAST_TELLING.length + length - place : rank };
}

/** The columns that find room beside names that can be told apart, which are shown as far as what is left allows. */
function fitted(all: readonly RankedColumn[], width: number): RankedColumn[] {
  const bare = all[0]!.texts.map((text) => text.replace(ANSWER, ''));
  const widths = all.map((column, i) => (i === 0 ? tellingWidth(bare) + ANSWER.length : widthOf([column])));
  const kept = fittingColumns(all, widths, width);
  const [names, ...others] = all.filter((_, i) => kept.has(i));
  const room = Math.max(widths[0]!, width - widthOf(others) - GAP);
  if (room >= widthOf([names!])) return [names!, ...others];
  const short = shortNames(bare, room - ANSWER.length);
  return [
    { ...names!, texts: names!.texts.map((text, i) => (text.startsWith(ANSWER) ? ANSWER : '') + short[i]!) },
    ...others,
  ];
}

/** Between columns, characters. */
const GAP = 2;
const SHORTEST_NAME = 12;

/** The least at which no more names look alike than do in full. */
function tellingWidth(names: readonly string[]): number {
  const longest = Math.max(...names.map(({ length }) => length));
  const different = new Set(names).size;
  let width = Math.min(longest, SHORTEST_NAME);
  while (width < longest && new Set(shortNames(names, width)).size < different) width++;
  return width;
}

function tableOf(all: readonly RankedColumn[], width: number, paint: Paint): string[] {
  const columns = fitted(all, width);
  const rows = columns[0]!.texts.map((_, row) => columns.map(({ texts }) => texts[row]!));
  const [header, ...lines] = textTable(columns, rows, width);
  return [paint('dim', header!), ...lines.map((line) => (line.startsWith(ANSWER) ? paint('green', line) : line))];
}

function widthOf(columns: readonly TuneColumn[]): number {
  const widths = columns.map(({ header, texts }) => Math.max(header.length, ...texts.map(({ length }) => length)));
  return widths.reduce((sum, each) => sum + each + 2, -2);
}

/** Rows of a table for people. */
const MOST_ROWS = 24;

/** All of one setting; of combinations first those that keep the bounds or may, by the objective, and the front. */
function mostTelling(report: TuneReport): TuneCandidateReport[] {
  const shown = shownCandidates(report);
  const { goal } = report;
  if (goal.kind !== 'cheapest') return shown;
  const sign = metricOf(report, goal.objective).better === 'more' ? -1 : 1;
  const cost = ({ estimates }: TuneCandidateReport) =>
    sign * (estimates[goal.objective]?.mean ?? sign * Number.POSITIVE_INFINITY);
  const rank = (each: TuneCandidateReport) =>
    each.name === report.best ? 0 : each.decision === 'meets' || each.decision === 'undecided' ? 1 : 2;
  const order = shown.toSorted((a, b) => rank(a) - rank(b) || compare(cost(a), cost(b)));
  return order.slice(0, MOST_ROWS);
}

/** Infinite ones are equal. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

const MOST_REFUSALS = 5;

/** Why candidates do not start, or do not count; of those whose queue grows the table says so. */
export function refusals({ candidates }: TuneReport): string[] {
  const names = new Map<string, string[]>();
  for (const { name, reason, is_growing } of candidates)
    if (reason !== null && !is_growing) names.set(reason, [...(names.get(reason) ?? []), name]);
  const told = [...names].map(([reason, of]) => `${of.join(', ')}: ${reason}`);
  const rest = told.length - MOST_REFUSALS;
  return rest > 0 ? [...told.slice(0, MOST_REFUSALS), `${rest} more; see tune.json`] : told;
}

const METHODS: Readonly<Record<TuneReport['method'], string>> = {
  all: 'Every candidate that starts was tried',
  bisection: 'Bisection between the gentlest and the hardest candidate',
  screening:
    'Every combination that starts was tried with the first seeds; those that fail a bound or are certainly worse than one that keeps them got no more',
};

/** How the search went, and what its intervals promise. */
export function searchLines(report: TuneReport): string[] {
  const { runs, seeds, level, candidates } = report;
  const tried = candidates.filter(({ state }) => state === 'tried').length;
  const bounds = report.bounds.map((bound) => {
    const metric = metricOf(report, bound.metric);
    return `${metric.label} ${boundText(bound, metric)}`;
  });
  return [
    `Bounds: ${bounds.join(', ')}. ${METHODS[report.method]}: ${plural(tried, 'candidate')}, ${plural(runs.needed, 'run')} of at most ${formatCount(runs.most)}; ${seeds.first} seeds each, up to ${seeds.most} where undecided, the same for all.`,
    `Decisions are right together with ${percent(level)}, each interval taken at ${percent(report.level_of_each)}; those in the table are at ${percent(report.confidence)}.`,
  ];
}

function percent(level: number): string {
  const text = level > 0.999 ? String(Number((100 * level).toPrecision(6))) : threeDigits(100 * level);
  return `${text.replace(/\.0+$/, '')} %`;
}
