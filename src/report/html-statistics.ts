/**
 * The numbers of a study with several seeds: of each variant the means with their intervals, how they differ from the baseline, which
 * figures are withheld and why, and what the statistics rest on.
 */
import type { MetricColumn, StudyStatistics } from '../metrics/study-statistics.ts';
import { escapeText } from './chart/svg.ts';
import { count, plural } from './format.ts';
import { comparison } from './html-comparison.ts';
import { caption, fitting, headerOf, nameColumns, type RankedColumn } from './html-measured-table.ts';
import { htmlTable } from './html-table.ts';
import { estimateOf, isWithheld, type MeasuredVariant, measuredVariants, textOfMetric } from './measured-variants.ts';
import { mergedItems } from './notes.ts';
import { VERDICT_HEADER } from './run-columns.ts';
import { levelText, toldMetrics } from './study-metrics.ts';
import type { Variant } from './variants.ts';
import { verdictClass, verdictText } from './verdict-text.ts';

/** Most rows a table shows; the rest is in `statistics.csv`. */
const MOST_ROWS = 60;

/** HTML of the tables. */
export function statisticsTables(variants: readonly Variant[], statistics: StudyStatistics): string {
  const all = measuredVariants(variants, statistics);
  const metrics = toldMetrics(statistics, variants);
  const shown = all.slice(0, MOST_ROWS);
  const cut =
    shown.length < all.length
      ? ` The first ${MOST_ROWS} of ${count(all.length)} variants; statistics.csv has them all.`
      : '';
  return [
    htmlTable(
      fitting([
        ...nameColumns(shown),
        ...stateColumns(shown),
        ...metrics.map((metric, i) => meanColumn(shown, metric, i)),
      ]),
    ),
    caption(`${meansNote(statistics)}${wholeRunNote(metrics)}${cut}`),
    withheldList(variants, statistics),
    comparison(shown, statistics, metrics, all),
    notesList(statistics.notes),
  ].join('');
}

/** Seeds where they differ, the SLO's verdict where there is one, the queue's where it is not steady throughout. */
function stateColumns(shown: readonly MeasuredVariant[]): RankedColumn[] {
  const seeds = shown.map(({ statistics }) => count(statistics.runs));
  const verdicts = shown.map(({ variant }) => verdictText(variant));
  const hasSlo = shown.some(({ variant }) => variant.runs.some(({ summary }) => summary.sim.slo.length > 0));
  const queues = shown.map(({ statistics }) => statistics.saturation ?? '–');
  const hasNews = queues.some((queue) => queue !== 'steady' && queue !== '–');
  return [
    ...(new Set(seeds).size > 1 ? [{ header: 'seeds', align: 'right' as const, texts: seeds }] : []),
    ...(hasSlo ? [{ header: VERDICT_HEADER, align: 'left' as const, texts: verdicts, classOf: verdictClass }] : []),
    ...(hasNews ? [{ header: 'queue', align: 'left' as const, texts: queues, classOf: queueClass }] : []),
  ];
}

function queueClass(text: string): string {
  return text === 'growing' ? 'missed' : '';
}

function meanColumn(shown: readonly MeasuredVariant[], metric: MetricColumn, index: number): RankedColumn {
  const text = textOfMetric(shown, metric);
  const texts = shown.map((each) =>
    isWithheld(each, metric) ? 'withheld' : text.plainEstimate(estimateOf(each, metric)),
  );
  return {
    header: text.unit === '' ? headerOf(metric) : `${headerOf(metric)}, ${text.unit}`,
    align: 'right',
    texts,
    classOf: (cell) => (cell === 'withheld' ? 'chance' : ''),
    ...(index < 2 ? {} : { rank: -index }),
  };
}

function meansNote({ level, variants }: StudyStatistics): string {
  const seeds = [...new Set(variants.map(({ runs }) => runs))];
  const over = seeds.length === 1 ? plural(seeds[0]!, 'seed') : 'the seeds of each variant';
  return `Means over ${over} and, behind ±, half the width of their ${levelText(level)} intervals; (… to …) where an interval leans to one side.`;
}

function wholeRunNote(metrics: readonly MetricColumn[]): string {
  const whole = metrics.filter(({ wholeRun }) => wholeRun);
  return whole.length === 0 ? '' : ` With the warm-up: ${whole.map(headerOf).join(', ')}.`;
}

/** Reasons beyond which those that differ in numbers alone are told together, with their ranges. */
const MOST_REASONS = 4;

/** `(0.866 to 1.13)`: ranges of ranges would not be read. */
const INTERVAL = / \([^()]* to [^()]*\)/g;

/** Which variants have no figures of a steady state, and why; empty where all have. */
export function withheldList(variants: readonly Variant[], statistics: StudyStatistics): string {
  const reasons = measuredVariants(variants, statistics).flatMap(({ variant, statistics: { withheld } }) =>
    withheld === null ? [] : [{ title: variant.title, reason: withheld }],
  );
  if (reasons.length === 0) return '';
  const told =
    reasons.length <= MOST_REASONS
      ? reasons.map(({ title, reason }) => `${title}: ${reason}`)
      : mergedItems(reasons.map(({ reason }) => [reason.replaceAll(INTERVAL, '')])).map(
          (reason) => `${reasons.length} variants: ${reason}`,
        );
  const items = told.map((text) => `<li>${escapeText(text)}</li>`).join('');
  return `<div class="notes">\n<h3>Withheld</h3>\n<ul>${items}</ul>\n</div>\n`;
}

function notesList(notes: readonly string[]): string {
  return notes.map((note) => caption(note)).join('');
}
