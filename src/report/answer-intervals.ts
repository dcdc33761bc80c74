/**
 * What the statistics add to an answer: which variants have no steady state, and the figure that matters most with its interval and
 * its difference from its baseline, more than chance or not.
 */
import { comparisonsOf, type MetricColumn, type StudyStatistics } from '../metrics/study-statistics.ts';
import { figureText, versusText } from './figure-text.ts';
import { listed } from './format.ts';
import { estimateOf, isChance, type MeasuredVariant, measuredVariants } from './measured-variants.ts';
import { hasIntervals, levelText, toldMetrics } from './study-metrics.ts';
import { listedVariants, type Variant } from './variants.ts';

/** Variants named in a clause. */
const MOST_NAMED = 3;
/** Figures of a single variant in a sentence. */
const MOST_FIGURES = 3;

/** Whose queue grows, and of whom it cannot be told; empty where all are steady. */
export function steadiness(variants: readonly Variant[], statistics: StudyStatistics): string {
  const measured = measuredVariants(variants, statistics);
  const growing = measured.filter((each) => each.statistics.withheld !== null).map(({ variant }) => variant);
  const withheld = 'latencies there depend on how long the load lasts and are withheld';
  const undecided = measured.filter((each) => each.statistics.saturation === 'undecided').map(({ variant }) => variant);
  const sentences = [];
  if (growing.length > 0)
    sentences.push(
      growing.length === variants.length
        ? 'Latencies depend on how long the load lasts and are withheld.'
        : `The queue grows with ${growing.length} of ${variants.length} variants (${listedVariants(growing, MOST_NAMED)}): ${withheld}.`,
    );
  if (undecided.length > 0)
    sentences.push(`Longer runs would tell whether the queue grows with ${named(undecided, variants)}.`);
  return sentences.join(' ');
}

function named(some: readonly Variant[], all: readonly Variant[]): string {
  if (some.length === all.length) return 'every variant';
  return some.length > MOST_NAMED + 1 ? `${some.length} of ${all.length} variants` : listedVariants(some, MOST_NAMED);
}

/**
 * `Mean over the seeds: TTFT p99 is 118 ± 11 ms with TP 4; against TP 2 that is −37 % (−42 to −31 %), more than chance.`, of a percentile of all
 * runs together `Over all runs: …`. Empty with one seed.
 */
export function againstBaseline(
  favoured: Variant | null,
  variants: readonly Variant[],
  statistics: StudyStatistics,
): string {
  const measured = measuredVariants(variants, statistics);
  const [headline] = toldMetrics(statistics, variants);
  const own = measured.find(({ variant }) => variant === favoured);
  if (headline === undefined || own === undefined || comparisonsOf(statistics) === 0 || !hasIntervals(statistics))
    return '';
  const estimate = estimateOf(own, headline);
  if (estimate === null) return '';
  const how = estimate.method === 'bootstrap' ? 'Over all runs' : 'Mean over the seeds';
  const figure = `${how}: ${headline.label} is ${figureText(headline.unit, [estimate.mean]).estimate(estimate)} with ${own.variant.title}`;
  const rivals = measured.filter((each) => isAgainst(each, own, measured));
  if (rivals.length > 0) return `${figure}, the baseline; ${rivalsText(rivals, headline)}.`;
  const baseline = own.statistics.baseline === null ? undefined : measured[own.statistics.baseline];
  // Under another load a variant is no better or worse.
  if (baseline === undefined || own.statistics.otherLoad) return `${figure}.`;
  const versus = own.statistics.versusBaseline?.[headline.name] ?? null;
  if (versus === null) return `${figure}; that of ${baseline.variant.title}, the baseline, is withheld.`;
  const words = versusText(headline.unit, versus);
  const verdict = versus.significant ? 'more than chance' : 'which may be chance';
  return words === 'the same'
    ? `${figure}, as with ${baseline.variant.title}.`
    : `${figure}; against ${baseline.variant.title} that is ${words}, ${verdict}.`;
}

/** Whether a variant has this baseline, under the same load. */
function isAgainst(each: MeasuredVariant, baseline: MeasuredVariant, all: readonly MeasuredVariant[]): boolean {
  const { baseline: place, otherLoad } = each.statistics;
  return place !== null && !otherLoad && all[place] === baseline;
}

/** How many of the others are better than the baseline by more than chance. */
function rivalsText(measured: readonly MeasuredVariant[], { name, better }: MetricColumn): string {
  const compared = measured.flatMap((each) => {
    const versus = each.statistics.versusBaseline?.[name] ?? null;
    return versus === null ? [] : [{ variant: each.variant, versus }];
  });
  const winning = compared.filter(
    ({ versus }) => versus.significant && versus.difference.mean < 0 === (better !== 'more'),
  );
  if (winning.length > 0)
    return `better by more than chance: ${listedVariants(
      winning.map(({ variant }) => variant),
      MOST_NAMED,
    )}`;
  const open = compared.filter(({ versus }) => isChance(versus)).length;
  return open === 0 ? 'no other is better' : 'no other is better by more than chance';
}

/** `Means with their 95 % intervals: TTFT p99 118 ± 11 ms, …` of several seeds of one variant; empty with one. Percentiles of all runs together say so. */
export function meansOfOne(variants: readonly Variant[], statistics: StudyStatistics): string {
  const [measured] = measuredVariants(variants, statistics);
  if (measured === undefined || !hasIntervals(statistics)) return '';
  if (measured.statistics.withheld !== null) return steadiness(variants, statistics);
  const figures = toldMetrics(statistics, variants).flatMap((metric) => {
    const estimate = estimateOf(measured, metric);
    if (estimate === null) return [];
    const isPooled = estimate.method === 'bootstrap';
    const text = figureText(metric.unit, [estimate.mean]).estimate(estimate);
    return [{ isPooled, text: `${metric.label}${isPooled ? ' over all runs' : ''} ${text}` }];
  });
  const told = figures.slice(0, MOST_FIGURES);
  const what = told.some(({ isPooled }) => isPooled) ? 'Figures' : 'Means';
  return `${what} with their ${levelText(statistics.level)} intervals: ${listed(told.map(({ text }) => text))}.`;
}
