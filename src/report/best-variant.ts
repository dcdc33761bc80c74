/**
 * Which variant of a sweep the numbers favour. With an SLO: of those that meet it in every run, the one with the most
 * goodput; else the nearest. Without: the shortest latency or the most throughput. Where all variants are sent the
 * same requests at the same times, shares and latencies are compared and not rates: a rate would favour whichever
 * variant cuts its longest answers short, since its run is over earlier. A variant with several seeds is
 * judged by its worst one, so chance does not pick the winner; numbers that read the same are called so.
 */
import type { Summary } from '../metrics/summary.ts';
import { duration, listed, number, percent, plural } from './format.ts';
import { lossesOfVariants } from './losses.ts';
import type { Variant } from './variants.ts';
import { againstLimit, boundName } from './wording.ts';

/** Sentences about two or more variants. */
export function bestVariant(variants: readonly Variant[]): string {
  const sound = variants.filter((variant) => variant.runs.every(({ summary }) => summary.sim.stuck === null));
  const stuck = variants.filter((variant) => !sound.includes(variant));
  const sentences = [
    withSlo(variants) ? bySlo(sound, variants.length) : withoutSlo(sound),
    stuck.length === 0 ? '' : `The queue gets stuck with ${listed(stuck.map(({ title }) => title))}.`,
    ...lossesOfVariants(variants),
    seedsNote(variants),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function withSlo(variants: readonly Variant[]): boolean {
  return variants.some(({ runs }) => runs.some(({ summary }) => summary.sim.slo.length > 0));
}

function bySlo(sound: readonly Variant[], of: number): string {
  const meeting = sound.filter(({ runs }) => runs.every(({ summary }) => summary.sim.slo_met === true));
  if (meeting.length === 0) return nearest(sound);
  const names = listed(meeting.map(({ title }) => title));
  const verdict =
    meeting.length === of
      ? `${of === 2 ? 'Both' : `All ${of}`} variants meet the SLO`
      : `${meeting.length} of ${of} variants ${meeting.length === 1 ? 'meets' : 'meet'} the SLO: ${names}`;
  const goodput = sameLoad(sound)
    ? winner(
        meeting,
        ({ sim }) => sim.goodput_share,
        'most',
        (share) => `${percent(share)} of the requests`,
      )
    : winner(
        meeting,
        ({ request_goodput }) => request_goodput,
        'most',
        (rate) => `${number(rate)} requests/s`,
      );
  if (goodput === null) return `${verdict}.`;
  if (meeting.length === 1) return `${verdict}; its goodput is ${goodput.text}.`;
  return `${verdict}; the highest goodput is ${goodput.text}, ${goodput.tied ? 'the same for all of them' : `with ${goodput.titles}`}.`;
}

/** Whether all variants are sent the same requests at the same times: an open loop of equal rate, seed by seed. */
function sameLoad(variants: readonly Variant[]): boolean {
  const summaries = variants.map(({ runs }) => runs.map(({ summary }) => summary));
  const loads = summaries.map((runs) =>
    runs.map((run) => `${run.sim.seed} ${run.request_rate} ${run.num_prompts}`).join(),
  );
  const open = summaries.flat().every((run) => run.request_rate !== 'inf' && run.max_concurrency === null);
  return open && new Set(loads).size === 1;
}

function nearest(sound: readonly Variant[]): string {
  const closest = winner(sound, (summary) => excess(summary)?.ratio ?? null, 'least', number);
  if (closest === null) return 'No variant meets the SLO.';
  const worst = closest.variant.runs
    .map(({ summary }) => excess(summary))
    .reduce((a, b) => ((b?.ratio ?? 0) > (a?.ratio ?? 0) ? b : a));
  if (!worst) return 'No variant meets the SLO.';
  const { verdict } = worst;
  return (
    `No variant meets the SLO; the nearest is ${closest.variant.title}, whose ${boundName(verdict)} is ` +
    `${duration(verdict.measured_ms)} (${againstLimit(verdict)}).`
  );
}

function withoutSlo(sound: readonly Variant[]): string {
  const first = sameLoad(sound)
    ? { of: 'TPOT p99', least: 'lowest', winner: winner(sound, ({ p99_tpot_ms }) => p99_tpot_ms, 'least', duration) }
    : {
        of: 'throughput',
        least: 'highest',
        winner: winner(
          sound,
          ({ output_throughput }) => output_throughput,
          'most',
          (rate) => `${number(rate)} output tokens/s`,
        ),
      };
  const ttft = winner(sound, ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration);
  const found = [{ of: 'TTFT p99', least: 'lowest', winner: ttft }, first].flatMap(({ winner: best, of, least }) =>
    best === null
      ? []
      : [
          best.tied
            ? `${of} is ${best.text} for all variants`
            : `the ${least} ${of} is ${best.text}, with ${best.titles}`,
        ],
  );
  if (found.length === 0) return 'No request finished.';
  const sentence = found.join('; ');
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
}

interface Winner {
  variant: Variant;
  /** It and those that read the same. */
  titles: string;
  /** Its worst seed's value. */
  text: string;
  /** All variants read the same. */
  tied: boolean;
}

/** The variant whose worst run has the most or the least; null where none has a value for every run. */
function winner(
  variants: readonly Variant[],
  value: (summary: Summary) => number | null,
  wanted: 'most' | 'least',
  format: (value: number) => string,
): Winner | null {
  const sign = wanted === 'most' ? 1 : -1;
  const ranked = variants
    .map((variant) => ({ variant, values: variant.runs.map(({ summary }) => value(summary)) }))
    .filter((entry): entry is { variant: Variant; values: number[] } => !entry.values.includes(null))
    .map(({ variant, values }) => ({ variant, score: Math.min(...values.map((each) => each * sign)) }))
    .sort((a, b) => b.score - a.score);
  const [best] = ranked;
  if (best === undefined) return null;
  const text = format(best.score * sign);
  const equal = ranked.filter(({ score }) => format(score * sign) === text).map(({ variant }) => variant);
  return {
    variant: best.variant,
    titles: listed(equal.map(({ title }) => title)),
    text,
    tied: equal.length === ranked.length && ranked.length > 1,
  };
}

/** The bound that is exceeded most, or nearest to being so. */
function excess({ sim }: Summary) {
  const ratios = sim.slo.flatMap((verdict) =>
    verdict.measured_ms === null ? [] : [{ verdict, ratio: verdict.measured_ms / verdict.limit_ms }],
  );
  return ratios.length === 0 ? null : ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
}

function seedsNote(variants: readonly Variant[]): string {
  const fewest = Math.min(...variants.map(({ runs }) => runs.length));
  return fewest === 1
    ? 'One seed: small differences may be chance.'
    : `${plural(fewest, 'seed')} each, judged by the worst.`;
}
