/** What the reader of a study's statistics must know, in sentences. */
import type { ResolvedStudy, WarmUp } from '../../config/resolved.ts';
import { formatCount, formatDuration, threeDigits } from '../../core/units.ts';
import { comparisonsOf, type StudyStatistics } from '../../metrics/study-statistics.ts';

export function statisticsNotes(
  statistics: Omit<StudyStatistics, 'notes'>,
  { warm_up, not_compared }: Pick<ResolvedStudy, 'warm_up' | 'not_compared'>,
): string[] {
  return [
    ...intervalNotes(statistics),
    ...comparisonNotes(statistics, not_compared),
    ...warmUpNotes(statistics, warm_up),
    ...(statistics.variants.some(({ saturation }) => saturation === null) ? [UNJUDGED] : []),
  ];
}

const UNJUDGED =
  'Whether the queue grows cannot be told where all requests arrive at once, or too few of them: figures are of the whole load then.';

function intervalNotes(statistics: Omit<StudyStatistics, 'notes'>): string[] {
  const { level, variants } = statistics;
  const counts = variants.map(({ runs }) => runs);
  if (Math.max(...counts) < 2)
    return ['One run a variant: nothing is known of the spread over seeds. With seeds: 10 there are intervals.'];
  return [`Intervals over seeds at ${percent(level)}.${quantilesText(variants)}${differencesText(statistics)}`];
}

function quantilesText(variants: StudyStatistics['variants']): string {
  const methods = new Map<string, string>();
  for (const { estimates } of variants)
    for (const [name, estimate] of Object.entries(estimates))
      if (estimate !== null && /_p[\d.]+$/.test(name)) methods.set(name, estimate.method);
  if (![...methods.values()].includes('bootstrap')) return ' Percentiles are means of the runs’ own.';
  const others = [...methods].filter(([, method]) => method !== 'bootstrap').map(([name]) => name);
  const ofClasses = others.some((name) => name.includes('.')) ? ['of classes'] : [];
  const ofItl = others.some((name) => name.startsWith('itl_')) ? ['of ITL'] : [];
  const rest = [...ofClasses, ...ofItl].join(' and ');
  return ` Percentiles are of the requests of all runs together, their intervals a bootstrap of whole runs${rest === '' ? '' : `; those ${rest} are means of the runs’ own`}.`;
}

function differencesText(statistics: Omit<StudyStatistics, 'notes'>): string {
  const { level, differenceLevel, variants } = statistics;
  const compared = comparisonsOf(statistics);
  if (compared === 0) return '';
  const arrivals = variants.some(({ otherLoad }) => otherLoad) ? '' : ' on the same arrivals';
  return ` Differences are taken seed by seed${arrivals}, ${
    compared === 1
      ? `at ${percent(level)}`
      : `at ${percent(differenceLevel)} each, so that all ${compared} of a metric hold together at ${percent(level)}`
  }.`;
}

/** Variants whose missing baseline a note names. */
const MOST_NAMED = 3;

/** Where there are intervals: what is compared across loads, what is not compared though others are, and why nothing is. */
function comparisonNotes(
  statistics: Omit<StudyStatistics, 'notes'>,
  notCompared: ResolvedStudy['not_compared'],
): string[] {
  const { variants } = statistics;
  if (Math.max(...variants.map(({ runs }) => runs)) < 2) return [];
  const compared = comparisonsOf(statistics);
  const across = variants.filter(({ otherLoad }) => otherLoad).length;
  const more = notCompared.length - MOST_NAMED;
  return [
    ...(variants.length > 1 && compared + notCompared.length === 0
      ? [
          'Every variant is under another load, so none is compared with another; baseline: names one to compare with all the same.',
        ]
      : []),
    ...(across === 0
      ? []
      : [
          `${across === compared ? 'Variants are' : `${across} of ${compared} variants are`} compared with a baseline under another load, not on the same arrivals: the difference is that of the load too. Intervals are paired by seed even so, since runs of one seed draw from the same random streams; less noise cancels.`,
        ]),
    ...notCompared.slice(0, MOST_NAMED).map(({ title, reason }) => `${title} is compared with none: ${reason}.`),
    ...(more > 0 ? [`So it is with ${more} more.`] : []),
  ];
}

function warmUpNotes({ variants, metrics }: Omit<StudyStatistics, 'notes'>, warmUp: WarmUp): string[] {
  if (warmUp.kind === 'none') return [];
  const requests = Math.max(...variants.map((each) => each.warmUp.requests));
  const seconds = Math.max(...variants.map((each) => each.warmUp.seconds));
  const rule = warmUp.kind === 'time' ? `of ${formatDuration(warmUp.us)}` : 'by MSER-5';
  if (requests === 0) return [`Warm-up ${rule}: nothing is left out.`];
  // Families of metrics, such as all of ITL, by what their names have in common.
  const families = metrics
    .filter(({ wholeRun }) => wholeRun)
    .map(({ name }) => name.replace(/^(itl|usd|kv_cache|num_requests)_.*/, '$1_…'));
  const whole = [...new Set(families)];
  const rest = whole.length === 0 ? '' : ` Over whole runs, since requests do not tell them: ${whole.join(', ')}.`;
  return [
    `Warm-up ${rule}: the first ${formatCount(requests)} requests of a run at most, ${formatDuration(seconds * 1e6)}, are left out${warmUp.kind === 'time' ? '' : ', the same of variants under the same load'}.${rest}`,
  ];
}

function percent(level: number): string {
  return `${threeDigits(100 * level).replace(/\.0+$/, '')} %`;
}
