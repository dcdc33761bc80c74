/**
 * Which variant of a sweep the numbers favour. With an SLO: of those that meet it in every run, the one with the most
 * goodput; else the nearest. Without: the most throughput and the shortest TTFT. A variant with several seeds is
 * judged by its worst one, so chance does not pick the winner; numbers that read the same are called so.
 */
import type { Summary } from '../metrics/summary.ts';
import { duration, listed, number, percent, plural } from './format.ts';
import type { Variant } from './variants.ts';
import { againstLimit, boundName } from './wording.ts';

/** Sentences about two or more variants. */
export function bestVariant(variants: readonly Variant[]): string {
  const sound = variants.filter((variant) => variant.runs.every(({ summary }) => summary.sim.stuck === null));
  const stuck = variants.filter((variant) => !sound.includes(variant));
  const sentences = [
    withSlo(variants) ? bySlo(sound, variants.length) : byLoad(sound),
    stuck.length === 0 ? '' : `The queue gets stuck with ${listed(stuck.map(({ title }) => title))}.`,
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
  const names = listed(meeting.map((variant) => `${variant.title}${lostShare(variant)}`));
  const verdict =
    meeting.length === of
      ? `All ${of} variants meet the SLO`
      : `${meeting.length} of ${of} variants ${meeting.length === 1 ? 'meets' : 'meet'} the SLO: ${names}`;
  const goodput = winner(meeting, ({ request_goodput }) => request_goodput, 'most', number);
  if (goodput === null) return `${verdict}.`;
  const which = goodput.tied ? 'the same for all of them' : `with ${goodput.titles}`;
  return meeting.length === 1
    ? `${verdict}; its goodput is ${goodput.text} requests/s.`
    : `${verdict}; the highest goodput is ${goodput.text} requests/s, ${which}.`;
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

function byLoad(sound: readonly Variant[]): string {
  const output = winner(sound, ({ output_throughput }) => output_throughput, 'most', number);
  const ttft = winner(sound, ({ p99_ttft_ms }) => p99_ttft_ms, 'least', duration);
  if (output === null || ttft === null) return 'No request finished.';
  if (!output.tied && !ttft.tied && output.titles === ttft.titles) {
    return `The highest throughput, ${output.text} output tokens/s, and the lowest TTFT p99, ${ttft.text}, are both with ${ttft.titles}.`;
  }
  const throughput = output.tied
    ? `All variants write ${output.text} output tokens/s`
    : `The highest throughput is ${output.text} output tokens/s, with ${output.titles}`;
  const latency = ttft.tied
    ? `TTFT p99 is ${ttft.text} for all`
    : `the lowest TTFT p99 is ${ttft.text}, with ${ttft.titles}`;
  return `${throughput}; ${latency}.`;
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
    titles: listed(equal.map((variant) => `${variant.title}${lostShare(variant)}`)),
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

/** A variant that turns requests away looks fast: say so beside its name. */
function lostShare({ runs }: Variant): string {
  const failed = runs.reduce((sum, { summary }) => sum + summary.failed, 0);
  const all = runs.reduce((sum, { summary }) => sum + summary.num_prompts, 0);
  return failed === 0 ? '' : ` (${percent(failed / all)} of its requests not served)`;
}

function seedsNote(variants: readonly Variant[]): string {
  const fewest = Math.min(...variants.map(({ runs }) => runs.length));
  return fewest === 1
    ? 'One seed: small differences may be chance.'
    : `${plural(fewest, 'seed')} each, judged by the worst.`;
}
