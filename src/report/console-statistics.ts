/**
 * The figures of a study with several seeds for a terminal: under each variant a line a metric, with its mean and half the interval's
 * width, and its difference to its baseline with the interval and whether it is more than chance.
 */

import {
  baselinesOf,
  comparisonsOf,
  type MetricColumn,
  type StudyStatistics,
  type VariantStatistics,
  type VersusBaseline,
} from '../metrics/study-statistics.ts';
import { baselineName } from './baseline-name.ts';
import { type DifferenceWord, differenceWord } from './estimate-text.ts';
import { figureText, versusText } from './figure-text.ts';
import { capitalised } from './format.ts';
import { levelText, toldMetrics } from './study-metrics.ts';
import type { RunReport } from './study-report.ts';
import { hanging, textTable, wrap } from './table.ts';
import { judgedVariants, type Variant } from './variants.ts';
import { verdictText } from './verdict-text.ts';

type Paint = (style: 'bold' | 'dim' | 'red' | 'green', text: string) => string;

/** Lines of all variants together, and metrics of each. */
const MOST_LINES = 60;
const MOST_METRICS = 7;

/** Sections of lines. */
export function statisticsSections(
  statistics: StudyStatistics,
  runs: readonly RunReport[],
  width: number,
  paint: Paint,
): string[][] {
  const variants = judgedVariants({ runs, statistics });
  const most = Math.max(2, Math.min(MOST_METRICS, Math.floor(MOST_LINES / variants.length)));
  const metrics = toldMetrics(statistics, variants).slice(0, most);
  const blocks = statistics.variants.map((of) => blockOf(of, statistics, variants, metrics));
  const roles = rolesOf(statistics, variants);
  const [header, ...lines] = textTable(
    columnsOf(statistics),
    blocks.flatMap(({ rows }) => rows),
    width,
  );
  let next = 0;
  const sections = blocks.map(({ title, rows, asides }, i) => [
    ...(variants.length === 1 ? [] : [paint('bold', `${title}${roles[i]!}`)]),
    ...rows.map((row) => painted(lines[next++]!, row.at(-1)! as DifferenceWord, paint)),
    ...asides.flatMap((aside) => hanging(INDENT, aside, width).map((line) => paint('dim', line))),
  ]);
  return [
    [paint('dim', header!), ...sections[0]!],
    ...sections.slice(1),
    notesOf(statistics, variants).flatMap((note) => wrap(note, width).map((line) => paint('dim', line))),
  ];
}

const INDENT = '  ';

/** ` (baseline)`; ` (against …)` of the others, unless one word names it for all or each has its own above it. */
function rolesOf(statistics: StudyStatistics, variants: readonly Variant[]): string[] {
  const baselines = baselinesOf(statistics);
  const above = (i: number) => [...baselines].filter((place) => place < i).at(-1);
  const isObvious =
    baselineName(variants, statistics) !== null ||
    statistics.variants.every(({ baseline }, i) => baseline === null || baseline === above(i));
  return statistics.variants.map(({ baseline }, i) => {
    if (baselines.has(i)) return ' (baseline)';
    return isObvious || baseline === null ? '' : ` (against ${variants[baseline]!.title})`;
  });
}

/** Where the label would take the room of the figures. */
const SHORT: Readonly<Record<string, string>> = {
  output_throughput: 'output',
  usd_per_million_output_tokens: '$/M tokens',
  spec_decode_acceptance_length: 'tokens/draft',
};

interface Block {
  readonly title: string;
  readonly rows: readonly string[][];
  readonly asides: readonly string[];
}

function blockOf(
  of: VariantStatistics,
  { variants: all }: StudyStatistics,
  variants: readonly Variant[],
  metrics: readonly MetricColumn[],
): Block {
  const key = JSON.stringify(of.variant);
  const variant = variants.find(({ runs }) => JSON.stringify(runs[0]!.variant) === key)!;
  const slo = sloText(variant);
  const baseline = of.baseline === null ? null : all[of.baseline]!;
  const rows = metrics
    .filter(({ name }) => of.estimates[name] !== null)
    .map((metric) => {
      const versus = of.versusBaseline?.[metric.name] ?? null;
      const estimate = of.estimates[metric.name]!;
      const mean = figureText(metric.unit, [estimate.mean]).estimate(estimate);
      const isWithheld = baseline !== null && baseline.withheld !== null && baseline.estimates[metric.name] === null;
      const none = isWithheld ? 'baseline withheld' : '';
      const against = versus === null ? [none, ''] : [versusText(metric.unit, versus), wordOf(metric, versus)];
      return [`${INDENT}${SHORT[metric.name] ?? metric.label}`, mean, ...against];
    });
  const sloRow = slo === null ? [] : [[`${INDENT}SLO`, slo, '', '']];
  return { title: variant.title, rows: [...rows, ...sloRow], asides: asidesOf(of, metrics) };
}

function sloText(variant: Variant): string | null {
  return variant.runs.every(({ summary }) => summary.sim.slo_met === null) ? null : verdictText(variant);
}

function asidesOf(
  { withheld, saturation, saturationReason, warmUp, estimates }: VariantStatistics,
  metrics: readonly MetricColumn[],
) {
  const labels = metrics.filter(({ name }) => estimates[name] === null).map(({ label }) => label);
  // Where every variant withholds them, no table has them.
  const missing = labels.length === 0 ? 'latencies and goodput' : labels.join(', ');
  return [
    ...(withheld === null ? [] : [`Withheld: ${missing}. ${sentence(withheld)}`]),
    ...(saturation === 'undecided' || saturation === 'shedding' ? [sentence(saturationReason!)] : []),
    ...(warmUp.note === null ? [] : [sentence(warmUp.note)]),
  ];
}

function columnsOf(statistics: StudyStatistics) {
  const { level, differenceLevel } = statistics;
  const left = (header: string) => ({ header, align: 'left' as const });
  const versus = comparisonsOf(statistics) === 0 ? '' : `against baseline (${levelText(differenceLevel)})`;
  return [left(`${INDENT}metric`), left(`mean, interval (${levelText(level)})`), left(versus), left('')];
}

/** That nothing differs is said already. */
function wordOf(metric: MetricColumn, versus: VersusBaseline): DifferenceWord {
  const word = differenceWord(metric, versus);
  return word === 'equal' ? '' : word;
}

function painted(line: string, word: DifferenceWord, paint: Paint): string {
  if (word !== 'better' && word !== 'worse') return line;
  return `${line.slice(0, -word.length)}${paint(word === 'better' ? 'green' : 'red', word)}`;
}

/** The words of the last column mean something where there are intervals to compare. */
function notesOf(statistics: StudyStatistics, variants: readonly Variant[]): string[] {
  const compared = comparisonsOf(statistics) > 0 && statistics.variants.some(({ runs }) => runs > 1);
  const name = baselinesOf(statistics).size > 1 ? baselineName(variants, statistics) : null;
  return [
    ...(name === null ? [] : [`The baseline of each is ${name}.`]),
    ...statistics.notes,
    ...(compared ? ['chance: the interval of the difference holds 0.'] : []),
  ];
}

function sentence(text: string): string {
  return `${capitalised(text)}.`;
}
