/** Which variants are drawn on top of each other where there are more of them than can be told apart. */
import { byDistance } from './compare-variants.ts';
import { meets, queueGrows } from './judged-variant.ts';
import type { Variant } from './variants.ts';

export interface Chosen {
  /** In the study's order. */
  variants: readonly Variant[];
  /** Which these are, and where the others are, in sentences; empty where all are drawn. */
  words: string;
}

/** Those that meet the SLO, then those nearest to it; without an SLO, spread evenly over the study's order. */
export function choose(variants: readonly Variant[], most: number): Chosen {
  if (variants.length <= most) return { variants, words: '' };
  const others = `the other ${variants.length - most} are in the tables.`;
  const ranked = byDistance(variants);
  if (ranked.length === 0)
    return {
      variants: evenly(variants, most),
      words: `${most} of ${variants.length} variants, evenly spread; ${others}`,
    };
  const meeting = variants.filter(meets);
  if (meeting.length > most)
    return {
      variants: evenly(meeting, most),
      words: `${most} of the ${meeting.length} variants that meet the SLO, evenly spread; ${others}`,
    };
  const missing = ranked.map(({ variant }) => variant).filter((variant) => !meeting.includes(variant));
  const nearest = [...missing.filter((variant) => !queueGrows(variant)), ...missing.filter(queueGrows)];
  const chosen = new Set([...meeting, ...nearest.slice(0, most - meeting.length)]);
  return { variants: variants.filter((variant) => chosen.has(variant)), words: wordsFor(meeting.length, most, others) };
}

function wordsFor(meeting: number, most: number, others: string): string {
  if (meeting === most) return `The ${most} variants that meet the SLO; ${others}`;
  if (meeting === 0) return `The ${most} variants nearest to the SLO; ${others}`;
  const met = meeting === 1 ? 'The variant that meets the SLO' : `The ${meeting} variants that meet the SLO`;
  return `${met} and the ${most - meeting} nearest to it; ${others}`;
}

/** The first and the last among them. */
function evenly(variants: readonly Variant[], most: number): readonly Variant[] {
  return Array.from({ length: most }, (_, i) => variants[Math.round((i * (variants.length - 1)) / (most - 1))]!);
}
